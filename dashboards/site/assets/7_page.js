// Puts the page together when its scripts are there.

async function start() {
  const { page, specs } = taken;
  const data = await unpack(taken.data);
  setLocale(page.settings);
  setTheme(readTheme());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => setTheme(readTheme()));
  document.getElementById("theme").addEventListener("click", () => {
    setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
  });
  const cubes = {};
  await Promise.all(
    page.cubes.map(async (cube) => {
      cubes[cube.name] = { ...cube, columns: await joined(cube, taken[`cube_${cube.name}`], data.calendar) };
    }),
  );
  const engine = new Cubes(data, cubes);
  openMonth = engine.months[data.calendar.open_month] ?? null;
  const figures = page.visuals.map((visual) => new Figure(visual, specs, { tiles: data.tiles }));
  const filters = new Filters(engine, page.filters, (selection) => update(selection));

  async function update(selection) {
    const started = performance.now();
    engine.forget();
    for (const figure of figures) figure.compute(engine, data.tables, selection);
    await Promise.all(figures.map((figure) => figure.update()));
    document.getElementById("status").textContent = describe(selection, engine);
    shop.updates.push(performance.now() - started);
  }

  for (const figure of figures) figure.compute(engine, data.tables, filters.selection());
  for (const figure of figures) await figure.update();
  document.getElementById("status").textContent = describe(filters.selection(), engine);
  document.body.dataset.ready = "true";
  addEventListener("resize", () => figures.forEach((figure) => figure.update()));
  addEventListener("hashchange", () => {
    filters.restore(new URLSearchParams(location.hash.slice(1)));
    update(filters.selection());
  });
}

function describe(selection, engine) {
  const { from, to } = selection.period;
  const months = from === to ? write("month", engine.months[from]) : `${write("month", engine.months[from])} to ${write("month", engine.months[to])}`;
  const others = Object.entries(selection).filter(([name]) => name !== "period");
  return `Showing ${[months, ...others.map(([, values]) => [...values].join(" or "))].join(", ")}.`;
}

function readTheme() {
  const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
  try {
    return localStorage.getItem("theme") || (isDark ? "dark" : "light");
  } catch {
    return isDark ? "dark" : "light"; // a page from a file may have no storage
  }
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  const button = document.getElementById("theme");
  button.textContent = theme === "dark" ? "Light" : "Dark";
  button.setAttribute("aria-label", `Change to ${theme === "dark" ? "light" : "dark"} colours`);
  try {
    const isChosen = theme !== (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
    if (isChosen) localStorage.setItem("theme", theme);
    else localStorage.removeItem("theme");
  } catch {
    // the choice lasts for this page then
  }
}

window.shop = { take, updates: [] };
addEventListener("DOMContentLoaded", () => {
  start().catch((error) => {
    document.getElementById("status").textContent = `The page could not be shown: ${error.message}`;
    throw error;
  });
});
