// Charts: draws each definition in a page when it comes into view, in the colours of the page.
(() => {
  const bundle = new URL("../vendor/vega.js" + new URL(document.currentScript.src).search,
    document.currentScript.src).href;
  let loading;
  const vega = () => (loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = bundle;
    script.onload = () => resolve(window.vegaEmbed);
    script.onerror = reject;
    document.head.append(script);
  }));

  // The definition names the colours of the light theme; the page knows the reader's.
  const coloured = (text) => {
    const styles = getComputedStyle(document.documentElement);
    const own = {};
    for (const [name, colour] of Object.entries(JSON.parse(text).usermeta.tokens)) {
      own[colour] = styles.getPropertyValue(name).trim() || colour;
    }
    return JSON.parse(text.replace(/#[0-9a-f]{6}/g, (colour) => own[colour] ?? colour));
  };

  const draw = async (figure) => {
    const text = document.getElementById(figure.dataset.chart).textContent;
    const place = figure.querySelector("[data-plot]");
    try {
      const embed = await vega();
      await embed(place, coloured(text), {
        ast: true, actions: false, renderer: "svg", defaultStyle: false,
        tooltip: { disableDefaultStyle: true },
      });
      place.dataset.drawn = "";
    } catch (error) {
      // The table tells the same: open it in place of the drawing.
      figure.querySelector("details").open = true;
      place.hidden = true;
      throw error;
    }
  };

  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      seen.unobserve(entry.target);
      draw(entry.target);
    }
  }, { rootMargin: "300px" });
  const watch = (root) => {
    for (const figure of root.querySelectorAll("figure[data-chart]")) seen.observe(figure);
  };
  watch(document);
  document.addEventListener("htmx:load", (event) => watch(event.target));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => watch(document));
})();
