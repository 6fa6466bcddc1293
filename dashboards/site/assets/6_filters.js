// The filters of a page. What is chosen stands in the address, so a link shows what its sender saw; a change of the
// address is what draws the page anew.

const LONG_LIST = 12;

// Says in the address that a period is of months, the last one not over: it is compared and drawn as such later, too.
const SO_FAR = "so-far";

// What the address names beside filters with a list.
const IN_ADDRESS = new Set(["from", "to", "months", "grain", "compare"]);

// By value of a list, the values of another one that it goes with: a state's country, a brand's categories.
function groupsOf(values, others) {
  const groups = new Map(values.map((value) => [value, new Set()]));
  values.forEach((value, index) => groups.get(value).add(others[index]));
  return groups;
}

class Filters {
  constructor(cubes, filters, drill) {
    Object.assign(this, { cubes, filters, drill });
    this.ids = new Set(drill && Object.values(cubes.dictionaries).find((columns) => drill.of in columns)[drill.of]);
    this.form = document.getElementById("filters");
    this.choices = new Map();
    const { place, brand } = cubes.dictionaries;
    this.within = new Map([
      ["state", { name: "country", of: groupsOf(cubes.states, place.country) }],
      ["brand", { name: "category", of: groupsOf(brand?.brand ?? [], brand?.category ?? []) }],
    ]);
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

  // Label, first and last day. They end with the last sale: the latest days of a shop that sold nothing lately would be
  // blank.
  presets() {
    const { last_sale: end, first_sale: opened, is_cut: isCut } = this.cubes.calendar;
    const { first, last } = this.cubes.everything();
    const monthEnd = earlier(endOfMonth(end), last);
    const months = (label, back, to = monthEnd) => [label, `${plusMonths(end, -back).slice(0, 7)}-01`, to];
    const days = (count) => [`Last ${count} days`, plusDays(end, 1 - count), end];
    const thisWeek = weekOf(plusDays(end, 1), this.cubes.weekStart);
    const lastMonth = endOfMonth(plusMonths(end, -1));
    const all = [
      ["all", [isCut ? `Since ${write("date", first)}` : "All time", first, last]],
      ["12", months("Latest 12 months", 11)],
      ["6", months("Latest 6 months", 5)],
      ["3", months("Latest 3 months", 2)],
      ["year", [`${end.slice(0, 4)} to date`, `${end.slice(0, 4)}-01-01`, monthEnd]],
      ["month", months(write("month", end.slice(0, 7)) + (monthEnd < endOfMonth(end) ? " so far" : ""), 0)],
      ["before", months(write("month", lastMonth.slice(0, 7)), 1, lastMonth)],
      ["week", ["Last week", plusDays(thisWeek, -7), plusDays(thisWeek, -1)]],
      ...[90, 28, 7].map((count) => [`${count}d`, days(count)]),
    ];
    const isKnown = ([key, [, from, to]]) => key === "all" || (isCut ? from >= first : to >= opened);
    const known = all.filter(isKnown);
    return new Map(known.map(([key, [label, from, to]]) => [key, [label, later(from, first), to]]));
  }

  // The longest of a year, a half and a quarter that has a full period before it to compare with.
  usualPreset() {
    const presets = this.presets();
    const { first_sale: opened } = this.cubes.calendar;
    const hasOneBefore = (key) => presets.has(key) && plusMonths(presets.get(key)[1], -Number(key)) >= opened;
    return ["12", "6", "3"].find(hasOneBefore) || "all";
  }

  addPeriods() {
    this.preset = document.getElementById("preset");
    this.from = document.getElementById("from");
    this.to = document.getElementById("to");
    this.grain = document.getElementById("grain");
    this.comparison = document.getElementById("comparison");
    for (const [key, [label]] of this.presets()) this.preset.append(element("option", { value: key }, label));
    this.preset.append(element("option", { value: "own" }, "Own choice"));
    const { first, last } = this.cubes.everything();
    for (const input of [this.from, this.to]) Object.assign(input, { min: first, max: last });
    this.preset.addEventListener("change", () => {
      const preset = this.presets().get(this.preset.value);
      if (preset) this.setPeriod(preset[1], preset[2]);
      this.changed();
    });
    for (const input of [this.from, this.to]) this.listen(input);
    this.grain.addEventListener("change", () => this.changed({ isGrainChosen: true }));
    this.comparison.addEventListener("change", () => this.changed());
  }

  // While a date is typed each key may make another date: it counts on Enter, or when its field is left. One from the
  // browser's calendar counts at once.
  listen(input) {
    let isTyped = false;
    input.addEventListener("keydown", ({ key, altKey }) => {
      isTyped = !altKey && !["Enter", " ", "F4"].includes(key); // the others open the calendar
      if (key === "Enter") this.moved(input);
    });
    input.addEventListener("pointerdown", () => (isTyped = false));
    input.addEventListener("change", () => isTyped || this.moved(input));
    input.addEventListener("blur", () => this.moved(input));
  }

  // A first day after the last one takes it along. A date that is none, or of a year without data, changes nothing; one
  // before the first day or after the last one is that day.
  moved(input) {
    const { first, last } = this.cubes.everything();
    const { from, to, soFar } = this.chosen;
    const year = (day) => Number(day.split("-")[0]);
    const isKnown = year(input.value) >= year(first) && year(input.value) <= year(last);
    const day = later(first, earlier(last, input.value));
    const isFrom = input === this.from;
    if (!isKnown || day === (isFrom ? from : to)) return this.setPeriod(from, to, soFar);
    this.setPeriod(isFrom ? day : earlier(from, day), isFrom ? later(to, day) : day);
    this.changed();
  }

  // Of two presets with the same days the one that was chosen stays. soFar: the last day, where a link says that its
  // month was not over.
  setPeriod(from, to, soFar = null) {
    this.chosen = { from, to, soFar };
    this.from.value = from;
    this.to.value = to;
    const presets = this.presets();
    const isPreset = (key) => presets.get(key)?.[1] === from && presets.get(key)[2] === to;
    this.preset.value = [this.preset.value, ...presets.keys()].find(isPreset) ?? "own";
  }

  period() {
    const { from, to, soFar } = this.chosen;
    return this.cubes.period(from, to, { soFar, comparison: this.comparison.value });
  }

  addChoice(filter) {
    const { dictionaries, states } = this.cubes;
    const dictionary = Object.values(dictionaries).find((columns) => filter.name in columns);
    const values = [...new Set(filter.name === "state" ? states : dictionary[filter.name])].sort();
    const host = document.getElementById(`choice-${filter.name}`);
    host.hidden = filter.name === "country" && values.length < 2;
    const boxes = values.map((value) => element("input", { type: "checkbox", value, onchange: () => this.changed() }));
    const clear = element("button", { type: "button", onclick: () => this.set(filter.name, []) }, "All");
    const search = element("input", { type: "search", placeholder: "Search", "aria-label": `Search ${filter.label}` });
    search.hidden = values.length <= LONG_LIST;
    const within = this.within.get(filter.name);
    const choice = { label: filter.label, boxes, search, within, summary: host.querySelector("summary"), host };
    search.addEventListener("input", () => this.list(choice));
    host.querySelector("fieldset").append(search, clear, ...boxes.map((box) => element("label", {}, box, box.value)));
    this.choices.set(filter.name, choice);
  }

  // Lists what is searched for, and of the states those of the chosen countries, of the brands those of the categories.
  list({ boxes, search, within }) {
    const text = search.value.trim().toLowerCase();
    const isThere = this.isWithin(within);
    for (const box of boxes) {
      box.parentElement.hidden = !box.checked && !(box.value.toLowerCase().includes(text) && isThere(box));
    }
  }

  // Whether a state is in a chosen country, a brand in a chosen category.
  isWithin(within) {
    const chosen = within && this.selection()[within.name];
    return ({ value }) => !chosen || [...within.of.get(value)].some((name) => chosen.has(name));
  }

  // Chosen states and brands that are in no chosen country or category: their filter, value, and the other filter.
  contradictions() {
    return [...this.choices.values()].flatMap(({ boxes, within, label }) => {
      const isThere = this.isWithin(within);
      return boxes.filter((box) => box.checked && !isThere(box)).map(({ value }) => [label, value, this.choices.get(within.name).label]);
    });
  }

  set(name, values) {
    for (const box of this.choices.get(name).boxes) box.checked = values.includes(box.value);
    this.changed();
  }

  // What a mark stands for is chosen, and a second time all again.
  pick(row) {
    const values = { ...row, state: row.state && stateName(row.state, row.country, this.cubes.isOneCountry) };
    const last = this.cubes.lastDay();
    if (row.month) this.setPeriod(`${row.month}-01`, earlier(endOfMonth(row.month), last));
    const picked = [...this.choices].flatMap(([name, { boxes }]) => {
      const box = boxes.find(({ value }) => value === values[name]);
      return box && !(name === "country" && values.state) ? [[box, boxes]] : [];
    });
    const isOnly = picked.every(([box, boxes]) => box.checked && boxes.filter(({ checked }) => checked).length === 1);
    for (const [box, boxes] of picked) for (const other of boxes) other.checked = other === box && !isOnly;
    this.changed();
  }

  closeAll(isFocused = false) {
    for (const { host, summary } of this.choices.values()) {
      if (host.open && isFocused) summary.focus();
      host.open = false;
    }
  }

  selection() {
    const selection = { period: { ...this.period(), grain: this.grain.value } };
    for (const [name, { boxes }] of this.choices) {
      const chosen = boxes.filter((box) => box.checked).map((box) => box.value);
      if (chosen.length) selection[name] = new Set(chosen);
    }
    return selection;
  }

  restore(address) {
    const { first, last } = this.cubes.everything();
    const [, usualFrom, usualTo] = this.presets().get(this.usualPreset());
    this.unknown = [];
    const asked = (name, usual, known, label = name) => {
      const text = address.get(name);
      if (text === null || known(text)) return text ?? usual;
      this.unknown.push([label, text]);
      return usual;
    };
    const isDate = (text) => /^\d{4}-\d\d(-\d\d)?$/.test(text) && isWithin(text, { first, last }) && text <= endOfMonth(text);
    const from = asked("from", usualFrom, isDate, "first day");
    const to = asked("to", usualTo, isDate, "last day");
    const months = asked("months", "", (text) => text === SO_FAR);
    const start = from.length > 7 ? from : `${from}-01`;
    const end = to.length > 7 ? to : earlier(endOfMonth(to), last);
    if (start > end) this.unknown.push(["period", ["from", "to"].flatMap((name) => address.getAll(name)).join(" to ")]);
    if (start > end) this.setPeriod(usualFrom, usualTo);
    else this.setPeriod(start, end, months && end);
    const isOption = (select) => (text) => [...select.options].some((option) => option.value === text);
    this.comparison.value = asked("compare", "previous", isOption(this.comparison), "comparison");
    this.grain.value = asked("grain", this.usualGrain(), isOption(this.grain));
    for (const [name, { boxes, label }] of this.choices) {
      const wanted = new Set(address.getAll(name));
      for (const box of boxes) box.checked = wanted.delete(box.value);
      this.unknown.push(...[...wanted].map((value) => [label, value]));
    }
    this.restoreOpened(address);
    for (const [name, value] of address) if (!this.choices.has(name) && !IN_ADDRESS.has(name) && name !== this.drill?.of) this.unknown.push(["filter", `${name}=${value}`]);
    this.describe();
  }

  // One product or customer.
  restoreOpened(address) {
    const asked = this.drill ? address.getAll(this.drill.of) : [];
    this.opened = asked.find((id) => this.ids.has(id)) ?? null;
    this.unknown.push(...asked.filter((id) => id !== this.opened).map((id) => [this.drill.label, id]));
  }

  open(id) {
    this.opened = id;
    this.changed();
  }

  // Makes a link of a name in a table; nothing is opened from what is open.
  linked() {
    const address = this.address({}, null);
    return (field, row, text) => {
      const id = field.name === this.drill?.name && row[this.drill.of];
      if (!id) return text;
      address.set(this.drill.of, id);
      return element("a", { href: `#${address}`, "data-id": id }, text);
    };
  }

  usualGrain() {
    return grainOf(this.period());
  }

  changed(choice) {
    location.hash = this.address(choice); // what it says is drawn, so that Back undoes a choice
  }

  // What is chosen. Months stand in it where a period begins or ends with one, and else days: those of a month that is
  // not over are more tomorrow.
  address({ isGrainChosen = new URLSearchParams(location.hash.slice(1)).has("grain") } = {}, opened = this.opened) {
    const selection = this.selection();
    const { first, last, isOfMonths, comparison, grain } = selection.period;
    const address = new URLSearchParams();
    address.set("from", first.endsWith("-01") ? first.slice(0, 7) : first);
    address.set("to", last === endOfMonth(last) ? last.slice(0, 7) : last);
    if (isOfMonths && last !== endOfMonth(last)) address.set("months", SO_FAR);
    if (isGrainChosen && grain !== this.usualGrain()) address.set("grain", grain);
    if (comparison !== "previous") address.set("compare", comparison);
    for (const [name, values] of Object.entries(selection)) {
      if (name !== "period") for (const value of values) address.append(name, value);
    }
    if (opened) address.set(this.drill.of, opened);
    return address;
  }

  chipsOf(name, values) {
    const { label, summary } = this.choices.get(name);
    // the chip goes: whoever removed it by a key goes on at its list
    const remove = (left) => () => (summary.focus(), this.set(name, left));
    const chip = (text, left) =>
      element("button", { type: "button", "aria-label": `Remove ${label} ${text}`, onclick: remove(left) }, `${text} ×`);
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
    const address = new URLSearchParams(location.hash.slice(1));
    for (const { name } of this.filters.filter(({ is_of_page: isOfPage }) => isOfPage)) address.delete(name);
    address.delete(this.drill?.of);
    for (const link of document.querySelectorAll("nav a")) link.hash = link.hasAttribute("aria-current") ? location.hash : address;
  }
}
