// One product or customer of the page, in a dialog: its figures under the page's period and filters. The address says
// which, so a link opens it and the browser's Back closes it.

class Drill {
  constructor(declared, engine, tables, { visuals, ...context }) {
    Object.assign(this, { declared, engine, tables, context, id: null, figures: [] });
    this.columns = Object.values(engine.dictionaries).find((columns) => declared.of in columns);
    this.listed = visuals.filter(({ relation, columns }) => relation && columns.some(({ name }) => name === declared.of));
  }

  // Opens, changes or closes it, as the address says.
  show(id, selection) {
    if (id !== this.id) this.hide();
    if (id === null) return;
    if (!this.dialog) this.open(id);
    this.engine.forget(); // what the page has found, and what was found of others
    const own = { ...selection, [this.declared.of]: new Set([id]) };
    for (const figure of this.figures) figure.compute(this.engine, this.tables, own);
    this.dialog.querySelector(".shown").textContent = shownOf(selection);
  }

  open(id) {
    const { filters, specs } = this.context;
    this.id = id;
    this.dialog = document.getElementById("drill").content.firstElementChild.cloneNode(true);
    document.body.append(this.dialog);
    const [place] = this.places();
    const name = this.columns[this.declared.name][place];
    const context = { ...this.context, drilled: `${name} (${id})` };
    this.figures = this.declared.visuals.map((visual) => new Figure(visual, specs, context));
    document.getElementById("drill-title").textContent = name;
    this.dialog.querySelector(".facts").append(...this.facts().map(([label, text]) => element("div", {}, element("dt", {}, label), element("dd", {}, text))));
    this.dialog.querySelector(".close").addEventListener("click", () => this.dialog.close());
    this.dialog.addEventListener("click", ({ target }) => target === this.dialog && this.dialog.close()); // beside it
    this.dialog.addEventListener("close", () => filters.opened === id && filters.open(null));
    this.dialog.showModal();
  }

  // The focus goes back to where it was; where that is not there any more, to its link.
  hide() {
    if (!this.dialog) return;
    const { dialog, figures, id } = this;
    Object.assign(this, { dialog: null, figures: [], id: null });
    dialog.close();
    dialog.remove();
    shop.drawn.then(() => figures.forEach(({ view }) => view?.finalize()));
    if (document.activeElement !== document.body) return;
    const links = [...document.querySelectorAll("a[data-id]")];
    (links.find((link) => link.dataset.id === id && link.checkVisibility()) ?? document.getElementById("main")).focus();
  }

  // A product that changed its brand has a place for each.
  places() {
    const ids = this.columns[this.declared.of];
    return [...ids.keys()].filter((place) => ids[place] === this.id);
  }

  // What is known of it whatever is chosen: label and text.
  facts() {
    const places = this.places();
    const known = this.declared.facts.map(({ name, label, format }) => {
      const valueOf = (place) => (HUNDREDTHS.has(name) ? this.columns[name][place] / 100 : this.columns[name][place]);
      const texts = places.map((place) => write(format, valueOf(place)));
      return [label, [...new Set(texts)].join("; ")];
    });
    return [...known, [this.declared.last, this.lastSale()], ...this.listed.flatMap((visual) => this.factsOf(visual))];
  }

  // By day where the page knows days.
  lastSale() {
    const { visuals: [visual], of } = this.declared;
    const period = this.engine.known(this.engine.everything(), visual);
    const rows = this.engine.rows({ ...visual, dimensions: [GRAINS.day], sort: ["day"] }, { period, [of]: new Set([this.id]) });
    const last = rows.reduce((latest, { day }) => later(latest, day), "");
    return last ? write(last.length > "2026-11".length ? "date" : "month", last) : `before ${write("date", period.first)}`;
  }

  // Figures of a relation that lists it, as of stock: pages have those of the first rows alone.
  factsOf({ relation, columns }) {
    const { columns: names, rows } = this.tables[relation];
    const row = rows.find((one) => one[names.indexOf(this.declared.of)] === this.id);
    return row ? columns.filter(isNumber).map(({ name, label, format }) => [label, write(format, row[names.indexOf(name)])]) : [];
  }
}
