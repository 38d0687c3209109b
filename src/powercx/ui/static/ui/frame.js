// The frame: remembers a narrow rail, opens it on small screens, sends the place form on change.
(() => {
  const frame = document.querySelector(".frame");
  if (!frame) return;
  const rail = document.querySelector(".rail");
  const fold = document.querySelector("[data-fold]");
  const open = document.querySelector("[data-open-rail]");
  const remembered = localStorage.getItem("rail");
  if (remembered) frame.dataset.rail = remembered;
  fold?.setAttribute("aria-expanded", String(frame.dataset.rail !== "narrow"));
  fold?.addEventListener("click", () => {
    frame.dataset.rail = frame.dataset.rail === "narrow" ? "wide" : "narrow";
    fold.setAttribute("aria-expanded", String(frame.dataset.rail !== "narrow"));
    localStorage.setItem("rail", frame.dataset.rail);
  });
  const shut = () => {
    delete rail.dataset.open;
    open?.setAttribute("aria-expanded", "false");
  };
  open?.addEventListener("click", (event) => {
    event.stopPropagation();
    if ("open" in rail.dataset) return shut();
    rail.dataset.open = "";
    open.setAttribute("aria-expanded", "true");
    rail.querySelector("a")?.focus();
  });
  document.addEventListener("click", (event) => {
    if (rail && !rail.contains(event.target)) shut();
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
    if (event.key === "/" && !typing) {
      event.preventDefault();
      document.querySelector("#search")?.focus();
    }
    if (event.key === "Escape") {
      if (rail && "open" in rail.dataset) { shut(); open?.focus(); }
      for (const menu of document.querySelectorAll("details.menu[open]")) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
    }
  });
  // A list changes at every arrow pressed: by keyboard a form goes with Enter or its button.
  for (const form of document.querySelectorAll("form[data-send]")) {
    const button = form.querySelector("button.send");
    let byKey = false;
    if (button) button.hidden = true;
    form.addEventListener("pointerdown", () => { byKey = false; });
    form.addEventListener("keydown", (event) => {
      byKey = true;
      if (event.key !== "Enter" || event.target.tagName !== "SELECT") return;
      event.preventDefault();
      form.requestSubmit();
    });
    form.addEventListener("change", (event) => {
      if (event.target.tagName !== "SELECT") return;
      if (byKey && button) button.hidden = false;
      else form.requestSubmit();
    });
  }
  // What scrolls sideways is reached by Tab, also in browsers that do not see to it themselves.
  const reachable = () => {
    for (const wrap of document.querySelectorAll(".table-wrap")) {
      if (wrap.scrollWidth <= wrap.clientWidth) continue;
      wrap.tabIndex = 0;
      const heading = wrap.closest("section, .panel")?.querySelector("h2, h3");
      if (!heading || wrap.hasAttribute("aria-label")) continue;
      wrap.setAttribute("role", "group");
      wrap.setAttribute("aria-label", heading.textContent.trim());
    }
  };
  reachable();
  window.addEventListener("resize", reachable);
  document.addEventListener("htmx:afterSettle", reachable);
})();
