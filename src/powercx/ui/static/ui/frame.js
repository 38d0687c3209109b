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
  for (const field of document.querySelectorAll("form[data-send] select")) {
    field.addEventListener("change", () => field.form.requestSubmit());
  }
  document.querySelector("[data-send] noscript")?.remove();
  for (const button of document.querySelectorAll("[data-send] button.send")) button.hidden = true;
})();
