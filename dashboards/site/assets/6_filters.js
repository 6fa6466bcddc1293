// The filters of a page. What is chosen stands in the address, so a link shows what its sender saw; a change of the
// address is what draws the page anew.

class Filters {
  constructor(cubes, filters) {
    this.cubes = cubes;
    this.filters = filters;
    this.form = document.getElementById("filters");
    this.choices = new Map();
    this.addPeriods();
    for (const filter of filters) if (filter.name !== "period") this.addChoice(filter);
    document.getElementById("reset").addEventListener("click", () => {
      location.hash = "";
    });
    this.form.addEventListener("submit", (event) => event.preventDefault());
    document.addEventListener("keydown", (event) => event.key === "Escape" && this.closeAll(true));
    document.addEventListener("click", (event) => event.target.closest("details.choice") || this.closeAll());
    this.restore(new URLSearchParams(location.hash.slice(1)));
  }

  get last() {
    return this.cubes.months.length - 1;
  }

  presets() {
    const year = this.cubes.months[this.last].slice(0, 4);
    const ofYear = this.cubes.months.findIndex((month) => month.startsWith(year));
    const latest = (count) => [`Latest ${count} months`, Math.max(0, this.last - count + 1), this.last];
    return new Map([
      ["all", ["All time", 0, this.last]],
      ["12", latest(12)],
      ["6", latest(6)],
      ["3", latest(3)],
      ["year", [`Year ${year}`, ofYear, this.last]],
      ["month", ["This month", this.last, this.last]],
      ["last", ["Last month", Math.max(0, this.last - 1), Math.max(0, this.last - 1)]],
    ]);
  }

  // The longest of a year, a half and a quarter that has a full period before it to compare with.
  usualPreset() {
    const { first_full_month: first } = this.cubes.calendar;
    return ["12", "6", "3"].find((key) => this.last + 1 - 2 * Number(key) >= first) || "all";
  }

  addPeriods() {
    this.preset = document.getElementById("preset");
    this.from = document.getElementById("from");
    this.to = document.getElementById("to");
    for (const [key, [label]] of this.presets()) this.preset.append(element("option", { value: key }, label));
    this.preset.append(element("option", { value: "own" }, "Own choice"));
    for (const select of [this.from, this.to]) {
      this.cubes.months.forEach((month, index) => select.append(element("option", { value: index }, write("month", month))));
    }
    this.preset.addEventListener("change", () => {
      const preset = this.presets().get(this.preset.value);
      if (preset) this.setPeriod(preset[1], preset[2]);
      this.changed();
    });
    this.from.addEventListener("change", () => this.moved(this.to));
    this.to.addEventListener("change", () => this.moved(this.from));
  }

  // A first month after the last one takes it along.
  moved(other) {
    if (Number(this.from.value) > Number(this.to.value)) other.value = other === this.to ? this.from.value : this.to.value;
    this.setPeriod(Number(this.from.value), Number(this.to.value));
    this.changed();
  }

  setPeriod(from, to) {
    this.from.value = from;
    this.to.value = to;
    const preset = [...this.presets()].find(([, [, first, last]]) => first === from && last === to);
    this.preset.value = preset ? preset[0] : "own";
  }

  addChoice(filter) {
    const { dictionaries, states } = this.cubes;
    const columns = { country: dictionaries.place.country, state: states };
    const values = [...new Set(columns[filter.name] ?? dictionaries[filter.name][filter.name])].sort();
    const host = document.getElementById(`choice-${filter.name}`);
    host.hidden = filter.name === "country" && values.length < 2;
    const boxes = values.map((value) => element("input", { type: "checkbox", value, onchange: () => this.changed() }));
    const list = host.querySelector("fieldset");
    const clear = element("button", { type: "button", onclick: () => this.clear(filter.name) }, "All");
    list.append(clear, ...boxes.map((box) => element("label", {}, box, box.value)));
    this.choices.set(filter.name, { label: filter.label, boxes, summary: host.querySelector("summary"), host });
  }

  clear(name) {
    for (const box of this.choices.get(name).boxes) box.checked = false;
    this.changed();
  }

  closeAll(isFocused = false) {
    for (const { host, summary } of this.choices.values()) {
      if (host.open && isFocused) summary.focus();
      host.open = false;
    }
  }

  selection() {
    const selection = { period: { from: Number(this.from.value), to: Number(this.to.value) } };
    for (const [name, { boxes }] of this.choices) {
      const chosen = boxes.filter((box) => box.checked).map((box) => box.value);
      if (chosen.length) selection[name] = new Set(chosen);
    }
    return selection;
  }

  restore(address) {
    const month = (name) => this.cubes.months.indexOf(address.get(name));
    const usual = this.presets().get(this.usualPreset());
    const [from, to] = [month("from"), month("to")];
    this.setPeriod(from < 0 ? usual[1] : from, to < 0 ? usual[2] : Math.max(to, from));
    for (const [name, { boxes }] of this.choices) {
      const wanted = address.getAll(name);
      for (const box of boxes) box.checked = wanted.includes(box.value);
    }
    this.describe();
  }

  changed() {
    const selection = this.selection();
    const address = new URLSearchParams();
    address.set("from", this.cubes.months[selection.period.from]);
    address.set("to", this.cubes.months[selection.period.to]);
    for (const [name, values] of Object.entries(selection)) {
      if (name !== "period") for (const value of values) address.append(name, value);
    }
    location.hash = address; // what it says is drawn, so that Back undoes a choice
  }

  describe() {
    const selection = this.selection();
    for (const [name, { label, summary }] of this.choices) {
      const chosen = selection[name] ? [...selection[name]] : [];
      const text = chosen.length > 2 ? `${chosen.length} chosen` : chosen.join(", ") || "all";
      summary.replaceChildren(element("span", { class: "name" }, label), element("span", { class: "chosen" }, text));
      summary.classList.toggle("is-set", chosen.length > 0);
    }
    for (const link of document.querySelectorAll("nav a")) link.hash = location.hash;
  }
}
