// The filters of a page. What is chosen stands in the address, so a link shows what its sender saw; a change of the
// address is what draws the page anew.

const LONG_LIST = 12;

class Filters {
  constructor(cubes, filters) {
    this.cubes = cubes;
    this.filters = filters;
    this.form = document.getElementById("filters");
    this.choices = new Map();
    this.states = new Set(cubes.isOneCountry ? [] : cubes.states);
    this.addPeriods();
    for (const filter of filters) if (filter.name !== "period") this.addChoice(filter);
    document.getElementById("reset").addEventListener("click", () => {
      location.hash = "";
    });
    this.chips = document.getElementById("chips");
    this.form.addEventListener("submit", (event) => event.preventDefault());
    document.addEventListener("keydown", (event) => event.key === "Escape" && this.closeAll(true));
    document.addEventListener("click", (event) => event.target.closest("details.choice") || this.closeAll());
    this.restore(new URLSearchParams(location.hash.slice(1)));
  }

  // The last month in which something was sold: the latest months of a shop that sold nothing lately would be blank.
  get last() {
    return this.cubes.months.indexOf(this.cubes.calendar.last_sale.slice(0, 7));
  }

  presets() {
    const year = this.cubes.months[this.last].slice(0, 4);
    const ofYear = this.cubes.months.findIndex((month) => month.startsWith(year));
    const latest = (count) => [`Latest ${count} months`, Math.max(0, this.last - count + 1), this.last];
    return new Map([
      ["all", ["All time", 0, this.cubes.months.length - 1]],
      ["12", latest(12)],
      ["6", latest(6)],
      ["3", latest(3)],
      ["year", [`Year ${year}`, ofYear, this.last]],
      ...[this.last, this.last - 1]
        .filter((month) => month >= 0)
        .map((month) => [this.cubes.months[month], [labelOfMonth(this.cubes.months[month]), month, month]]),
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
    const clear = element("button", { type: "button", onclick: () => this.set(filter.name, []) }, "All");
    const search = element("input", { type: "search", placeholder: "Search", "aria-label": `Search ${filter.label}` });
    search.hidden = values.length <= LONG_LIST;
    const choice = { label: filter.label, boxes, search, summary: host.querySelector("summary"), host };
    search.addEventListener("input", () => this.list(choice));
    host.querySelector("fieldset").append(search, clear, ...boxes.map((box) => element("label", {}, box, box.value)));
    this.choices.set(filter.name, choice);
  }

  // Lists what is searched for, and of the states those of the chosen countries.
  list({ boxes, search }) {
    const text = search.value.trim().toLowerCase();
    const { country } = this.selection();
    const isThere = ({ value }) =>
      !country || !this.states.has(value) || [...country].some((name) => value.endsWith(`, ${name}`));
    for (const box of boxes) {
      box.parentElement.hidden = !box.checked && !(box.value.toLowerCase().includes(text) && isThere(box));
    }
  }

  set(name, values) {
    for (const box of this.choices.get(name).boxes) box.checked = values.includes(box.value);
    this.changed();
  }

  // What a mark stands for is chosen, and a second time all again.
  pick(row) {
    const values = { ...row, state: row.state && stateName(row.state, row.country, this.cubes.isOneCountry) };
    const month = this.cubes.months.indexOf(row.month);
    if (month >= 0) this.setPeriod(month, month);
    for (const [name, { boxes }] of this.choices) {
      const picked = boxes.find((box) => box.value === values[name]);
      if (!picked || (name === "country" && values.state)) continue;
      const isOnly = picked.checked && boxes.filter((box) => box.checked).length === 1;
      for (const box of boxes) box.checked = box === picked && !isOnly;
    }
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
    this.unknown = ["from", "to"].map((name) => address.get(name)).filter((one) => one && !this.cubes.months.includes(one));
    for (const [name, { boxes }] of this.choices) {
      const wanted = new Set(address.getAll(name));
      for (const box of boxes) box.checked = wanted.delete(box.value);
      this.unknown.push(...wanted);
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

  chipsOf(name, values) {
    const { label } = this.choices.get(name);
    const chip = (text, left) =>
      element("button", { type: "button", "aria-label": `Remove ${label} ${text}`, onclick: () => this.set(name, left) }, `${text} ×`);
    if (values.length > LONG_LIST) return [chip(`${label}: ${values.length} chosen`, [])];
    return values.map((value) => chip(value, values.filter((other) => other !== value)));
  }

  describe() {
    const selection = this.selection();
    for (const [name, { label, summary }] of this.choices) {
      const chosen = selection[name] ? [...selection[name]] : [];
      const text = chosen.length > 2 ? `${chosen.length} chosen` : chosen.join(", ") || "all";
      summary.replaceChildren(element("span", { class: "name" }, label), element("span", { class: "chosen" }, text));
      summary.classList.toggle("is-set", chosen.length > 0);
    }
    for (const choice of this.choices.values()) this.list(choice);
    this.chips.replaceChildren(...Object.entries(selection).flatMap(([name, values]) => (name === "period" ? [] : this.chipsOf(name, [...values]))));
    for (const link of document.querySelectorAll("nav a")) link.hash = location.hash;
  }
}
