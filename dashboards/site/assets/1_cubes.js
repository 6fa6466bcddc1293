// Cubes: columns of codes and sums, and the one question asked of them: add up what is chosen.
//
// A code stands for one or several dimensions (a place for country and state). A query keeps the rows
// whose codes are allowed, and adds them up by group. Nothing is rounded: money is in hundredths.

const HUNDREDTHS = new Set(["revenue", "discount", "cost", "lifetime_value", "returns", "returned_cost"]);

const KINDS = ["New", "Returning"];

const stateName = (state, country, isOneCountry) => (isOneCountry ? state : `${state}, ${country}`);

// What a measure is computed from; a numerator may be the sum of several, and one that is subtracted has negative terms.
const sourcesOf = ({ numerator, denominator }) => [numerator, denominator].flat().filter(Boolean);

class Cubes {
  // dictionaries: by code, by dimension, what each number stands for; a set has lists of values
  constructor({ calendar, dictionaries, customers_by_value: customersByValue }, cubes, weekStart) {
    this.customersByValue = customersByValue;
    this.months = calendar.months;
    this.calendar = calendar;
    this.dictionaries = dictionaries;
    const { state, country } = dictionaries.place;
    const isOneCountry = new Set(country).size < 2;
    // two countries may have a state of one name
    this.states = state.map((name, index) => stateName(name, country[index], isOneCountry));
    this.isOneCountry = isOneCountry;
    this.cubes = cubes;
    this.groupings = new Map();
    this.kept = new Uint32Array(0);
    this.forget();
    this.weekStart = WEEKDAYS.indexOf(weekStart);
    this.addDays(dictionaries.part);
    const number = new Map(this.months.map((month, index) => [month, index]));
    this.monthOfPart = Int32Array.from(dictionaries.part.month, (month) => number.get(month));
    if (dictionaries.customer) {
      // -1 of who bought before the first month, as where the sales of older ones stay on Spark
      this.cohortOf = Int32Array.from(dictionaries.customer.cohort_month, (month) => number.get(month) ?? -1);
    }
  }

  // A part is a month, or a day of it, which is of a week.
  addDays(part) {
    part.day = part.month.map((month, i) => (i % PARTS ? `${month}-${String(i % PARTS).padStart(2, "0")}` : month));
    const isDay = (day) => day.length > 7 && day <= endOfMonth(day);
    part.week = part.day.map((day) => (isDay(day) ? weekOf(day, this.weekStart) : day));
  }

  // Which values of a code are chosen; null where all are.
  allowed(code, chosen) {
    const dictionary = this.dictionaries[code];
    const length = Object.values(dictionary)[0].length;
    let allowed = null;
    const restrict = (holds) => {
      allowed = allowed || new Uint8Array(length).fill(1);
      for (let i = 0; i < length; i++) if (allowed[i] && !holds(i)) allowed[i] = 0;
    };
    const period = chosen.period;
    if (code === "customer" && period.of === "cohort_month") {
      restrict((i) => this.cohortOf[i] >= period.from && this.cohortOf[i] <= period.to);
    }
    if (dictionary.day && period.of !== "cohort_month") restrict((i) => isWithin(dictionary.day[i], period));
    for (const [dimension, column] of Object.entries(dictionary)) {
      const wanted = chosen[dimension];
      const values = dimension === "state" ? this.states : column;
      // the category of a sale is the item's at the sale, told once
      if (!wanted || dimension === "period") continue;
      if (code === "category_set") restrict((i) => values[i].some((value) => wanted.has(value)));
      else restrict((i) => wanted.has(values[i]));
    }
    return allowed;
  }

  // The groups that a code makes for some of its dimensions: a number per code, and their values.
  grouping(code, dimensions) {
    const key = `${code}:${dimensions}`;
    if (!this.groupings.has(key)) {
      const columns = dimensions.map((dimension) => this.dictionaries[code][dimension]);
      const index = new Int32Array(columns[0].length);
      const tuples = [];
      const known = new Map();
      for (let i = 0; i < index.length; i++) {
        const tuple = columns.map((column) => column[i]);
        const text = tuple.join("\u0001");
        if (!known.has(text)) {
          known.set(text, tuples.length);
          tuples.push(tuple);
        }
        index[i] = known.get(text);
      }
      this.groupings.set(key, { index, tuples });
    }
    return this.groupings.get(key);
  }

  // What several visuals ask alike is found once.
  once(question, chosen, find) {
    const { period, ...others } = chosen;
    const texts = Object.entries(others).map(([dimension, values]) => [dimension, ...values].join("\u0002"));
    const key = [question, period.first, period.last, period.of, ...texts].join("\u0001");
    if (!this.found.has(key)) this.found.set(key, find());
    return this.found.get(key);
  }

  // A code after the other in one place: only what is left takes memory of its own.
  findRows(cube, chosen) {
    const count = Object.values(cube.columns)[0].length;
    if (this.kept.length < count) this.kept = new Uint32Array(count);
    const { kept } = this;
    let left = null;
    for (const code of cube.codes) {
      const allowed = this.allowed(code, chosen);
      if (!allowed) continue;
      const column = cube.columns[code];
      let length = 0;
      if (left === null) for (let i = 0; i < count; i++) length = allowed[column[i]] ? ((kept[length] = i), length + 1) : length;
      else for (let k = 0; k < left; k++) if (allowed[column[kept[k]]]) kept[length++] = kept[k];
      left = length;
    }
    const rows = left === null ? this.allRows(cube, count) : kept.slice(0, left);
    return chosen.period.of === "cohort_month" ? this.ofFirstBuyers(cube, rows) : rows;
  }

  // Those of the customers alone who bought what is chosen in their first month: who come back are a share of them.
  ofFirstBuyers(cube, rows) {
    const since = this.since(cube);
    const { customer } = cube.columns;
    const kept = new Uint32Array(rows.length);
    let length = 0;
    for (let start = 0, end = 0; start < rows.length; start = end) {
      let isFirst = false;
      for (; end < rows.length && customer[rows[end]] === customer[rows[start]]; end++) isFirst ||= since[rows[end]] === 0;
      for (let k = start; isFirst && k < end; k++) kept[length++] = rows[k];
    }
    return kept.subarray(0, length);
  }

  allRows(cube, count) {
    if (!cube.all) {
      cube.all = new Uint32Array(count);
      for (let i = 0; i < count; i++) cube.all[i] = i;
    }
    return cube.all;
  }

  // What was found for one choice of filters does not hold for the next.
  forget() {
    this.found = new Map();
  }

  // Group a cube's chosen rows; returns the groups met and the totals of sums. Visuals that group alike share the groups,
  // and each sum is added up once.
  sum(name, dimensions, sums, chosen) {
    const isOfBuyers = name === "activity" && !sums.length && dimensions.every((dimension) => dimension in this.dictionaries.customer);
    if (isOfBuyers) return this.once(`buyers:${dimensions}`, chosen, () => this.addUpBuyers(dimensions, chosen));
    const grouped = this.once(`${name}:${dimensions}`, chosen, () => this.group(name, dimensions, chosen));
    const totalOf = (sum) => this.once(`${name}:${dimensions}:${sum}`, chosen, () => this.addUp(name, sum, grouped, chosen));
    return { ...grouped, totals: grouped.totals ?? Object.fromEntries(sums.map((sum) => [sum, totalOf(sum)])) };
  }

  group(name, dimensions, chosen) {
    const cube = this.cubes[name];
    const rows = this.once(name, chosen, () => this.findRows(cube, chosen));
    const sets = this.setGroup(cube, dimensions, chosen);
    const groups = this.groupers(cube, sets ? dimensions.filter((d) => d !== "category") : dimensions);
    const size = groups.reduce((product, group) => product * group.width, sets ? sets.width : 1);
    if (groups.length === 1 && groups[0].code && !sets && name !== "activity") return this.groupByCode(name, groups, rows, chosen);
    const at = this.groupNumbers(groups, rows);
    const met = new Uint8Array(size);
    if (sets) {
      const transactions = new Float64Array(size);
      this.addSets(sets, rows, at, cube.columns.transactions, { met, total: transactions });
      return { groups: [...groups, sets], size, met, totals: { transactions }, counts: null };
    }
    for (let k = 0; k < rows.length; k++) met[at[k]] = 1;
    const counts = name === "activity" ? this.countCustomers(cube.columns.customer, rows, at, size) : null;
    return { groups, size, met, counts, rows, at };
  }

  // Groups of one code alone are added up from its values, which visuals that group by others of its dimensions share.
  groupByCode(name, groups, rows, chosen) {
    const [{ code, index, width, column }] = groups;
    const metCodes = this.once(`${name}:${code}:met`, chosen, () => {
      const met = new Uint8Array(index.length);
      for (let k = 0; k < rows.length; k++) met[column[rows[k]]] = 1;
      return met;
    });
    const met = new Uint8Array(width);
    for (let value = 0; value < index.length; value++) if (metCodes[value]) met[index[value]] = 1;
    return { groups, size: width, met, counts: null, rows };
  }

  addUp(name, sum, { groups, rows, at, size }, chosen) {
    const total = new Float64Array(size);
    const values = this.cubes[name].columns[sum];
    if (at) {
      for (let k = 0; k < rows.length; k++) total[at[k]] += values[rows[k]];
      return total;
    }
    const [{ code, index, column }] = groups;
    const byCode = this.once(`${name}:${code}:${sum}`, chosen, () => {
      const found = new Float64Array(index.length);
      for (let k = 0; k < rows.length; k++) found[column[rows[k]]] += values[rows[k]];
      return found;
    });
    for (let value = 0; value < index.length; value++) total[index[value]] += byCode[value];
    return total;
  }

  // Customers told apart by what they are need not be counted row by row, but once each.
  addUpBuyers(dimensions, chosen) {
    const { index, tuples } = dimensions.length ? this.grouping("customer", dimensions) : { tuples: [[]] };
    const counts = new Float64Array(tuples.length);
    for (const buyer of this.once("buyers", chosen, () => this.findBuyers(chosen))) counts[index ? index[buyer] : 0]++;
    const groups = [{ names: dimensions, width: tuples.length, tuple: (at) => tuples[at] }];
    return { groups, size: tuples.length, met: counts, totals: {}, counts };
  }

  findBuyers(chosen) {
    const cube = this.cubes.activity;
    const rows = this.once("activity", chosen, () => this.findRows(cube, chosen));
    const buyers = new Uint32Array(this.cohortOf.length);
    let count = 0;
    let last = -1;
    for (let k = 0; k < rows.length; k++) {
      const customer = cube.columns.customer[rows[k]];
      if (customer !== last) buyers[count++] = last = customer;
    }
    return buyers.subarray(0, count);
  }

  // The group of each row, as a number of mixed radix.
  groupNumbers(groups, rows) {
    const at = new Uint32Array(rows.length);
    for (const { width, index, column } of groups) {
      for (let k = 0; k < rows.length; k++) at[k] = at[k] * width + index[column[rows[k]]];
    }
    return at;
  }

  // Rows are in order of customers: one met in a group before is the last one met in it.
  countCustomers(customers, rows, at, size) {
    const last = new Int32Array(size).fill(-1);
    const counts = new Float64Array(size);
    for (let k = 0; k < rows.length; k++) {
      const customer = customers[rows[k]];
      if (last[at[k]] !== customer) {
        last[at[k]] = customer;
        counts[at[k]]++;
      }
    }
    return counts;
  }

  // A transaction counts once in each of its categories.
  addSets(sets, rows, at, column, { met, total }) {
    for (let k = 0; k < rows.length; k++) {
      for (const member of sets.members[sets.column[rows[k]]]) {
        if (sets.allowed && !sets.allowed[member]) continue;
        met[at[k] * sets.width + member] = 1;
        total[at[k] * sets.width + member] += column[rows[k]];
      }
    }
  }

  // Transactions have sets of categories: grouped by category, each set falls apart into its members.
  setGroup(cube, dimensions, chosen) {
    const column = cube.columns.category_set;
    if (!column || !dimensions.includes("category")) return null;
    const names = this.dictionaries.category.category;
    const number = new Map(names.map((name, index) => [name, index]));
    const members = this.dictionaries.category_set.category.map((set) => set.map((name) => number.get(name)));
    const allowed = this.allowed("category", chosen);
    return { names: ["category"], width: names.length, column, members, allowed, tuple: (at) => [names[at]] };
  }

  // Of each row of activity, the months since the customer's first purchase; one more than there are if it was before.
  since(cube) {
    if (!cube.since) {
      const { customer, part } = cube.columns;
      cube.since = new Uint16Array(part.length);
      for (let i = 0; i < part.length; i++) {
        const cohort = this.cohortOf[customer[i]];
        cube.since[i] = cohort < 0 ? this.months.length : this.monthOfPart[part[i]] - cohort;
      }
    }
    return cube.since;
  }

  groupers(cube, dimensions) {
    const groups = [];
    const open = new Set(dimensions);
    for (const code of cube.codes) {
      if (code === "category_set") continue;
      const own = dimensions.filter((d) => open.has(d) && d in this.dictionaries[code]);
      if (!own.length) continue;
      own.forEach((dimension) => open.delete(dimension));
      const { index, tuples } = this.grouping(code, own);
      const column = cube.columns[code];
      groups.push({ code, names: own, width: tuples.length, index, column, tuple: (at) => tuples[at] });
    }
    if (open.delete("months_since")) {
      const index = Int32Array.from({ length: this.months.length + 1 }, (_, since) => since);
      groups.push({ names: ["months_since"], width: index.length, index, column: this.since(cube), tuple: (at) => [at] });
    }
    if (open.delete("customer_kind")) {
      const index = Int32Array.from({ length: this.months.length + 1 }, (_, since) => Number(since > 0));
      groups.push({ names: ["customer_kind"], width: 2, index, column: this.since(cube), tuple: (at) => [KINDS[at]] });
    }
    if (open.size) throw new Error(`no cube knows ${[...open].join(", ")} here`);
    return groups;
  }

  cubesOf(visual) {
    return visual.measures.flatMap(sourcesOf).map((source) => this.cubes[source.cube]);
  }

  // The month from which on the cubes of a visual are whole.
  firstMonthOf(visual) {
    return Math.max(0, ...this.cubesOf(visual).map((cube) => cube.first_month));
  }

  // Whether the cubes of a visual know the days of a day's month.
  hasDays(visual, day) {
    const month = this.months.indexOf(day.slice(0, 7));
    return this.cubesOf(visual).every((cube) => cube.months_by_day.includes(month));
  }

  // What an axis shows whether it sold or not, in its order; null where it shows only what did.
  axisOf({ name, values }, visual, period) {
    if (values.length) return values;
    const first = Math.max(period.from, this.firstMonthOf(visual));
    if (name === "month") return this.months.slice(first, period.to + 1);
    if (name === "day") return this.daysOf(period, first);
    if (name === "week") return [...new Set(this.daysOf(period, first).map((day) => weekOf(day, this.weekStart)))];
    if (name === "hour") return [...Array(24).keys()];
    if (name.endsWith("_score")) return [1, 2, 3, 4, 5];
    if (name === "value_band") return [...new Set(this.dictionaries.customer.value_band)].sort((a, b) => a - b);
    return null;
  }

  // The rows of a visual: a tuple of dimensions each, with every measure.
  rows(visual, chosen) {
    const wanted = new Map();
    for (const measure of visual.measures) {
      for (const source of sourcesOf(measure)) {
        const sums = wanted.get(source.cube) || new Set();
        Object.keys(source.terms || {}).forEach((term) => sums.add(term));
        if (source.count === "transaction_id") sums.add("transactions");
        wanted.set(source.cube, sums);
      }
    }
    const names = visual.dimensions.map((dimension) => dimension.name);
    const isOfOneCube = wanted.size === 1;
    // of many customers listed by value only the first are looked at
    const isListed = isOfOneCube && names[0] === "customer_id" && visual.sort[0] === "-lifetime_value" && visual.limit;
    const most = isListed || Infinity;
    const rows = new Map();
    for (const [cube, sums] of wanted) {
      const found = this.sum(cube, names, [...sums], chosen);
      const totals = [...sums].map((sum) => [`${cube}.${sum}`, found.totals[sum], HUNDREDTHS.has(sum) ? 100 : 1]);
      for (let place = 0; place < found.size && rows.size < most; place++) {
        const at = isListed ? this.customersByValue[place] : place;
        if (!found.met[at]) continue;
        const row = this.tuple(found.groups, at);
        const key = isOfOneCube ? at : names.map((name) => row[name]).join("\u0001");
        if (!rows.has(key)) rows.set(key, { row, figures: {} });
        const figures = rows.get(key).figures;
        for (const [sum, total, scale] of totals) figures[sum] = total[at] / scale;
        if (found.counts) figures[`${cube}.customer_id`] = found.counts[at];
        if (names.includes("customer_id")) figures.customer = this.customerOf(found.groups, at);
      }
    }
    const all = [...rows.values()];
    // without dimensions there is always one row, as in SQL
    if (!names.length && !all.length) all.push({ row: {}, figures: {} });
    return all.map(({ row, figures }) => {
      for (const measure of visual.measures) row[measure.name] = this.measure(measure, figures);
      return row;
    });
  }

  tuple(groups, at) {
    const row = {};
    for (let g = groups.length - 1; g >= 0; g--) {
      const group = groups[g];
      group.tuple(at % group.width).forEach((value, index) => (row[group.names[index]] = value));
      at = Math.floor(at / group.width);
    }
    return row;
  }

  customerOf(groups, at) {
    for (let g = groups.length - 1; g >= 0; g--) {
      if (groups[g].names.includes("customer_id")) return at % groups[g].width;
      at = Math.floor(at / groups[g].width);
    }
    return null;
  }

  measure(measure, figures) {
    const value = this.value(measure.numerator, figures);
    if (!measure.denominator) return value;
    const divisor = this.value(measure.denominator, figures);
    return value === null || !divisor ? null : (measure.scale * value) / divisor;
  }

  value(source, figures) {
    if (Array.isArray(source)) return source.reduce((sum, one) => sum + hundredths(this.value(one, figures)), 0) / 100;
    if (source.attribute) {
      const value = this.dictionaries.customer[source.attribute][figures.customer];
      return HUNDREDTHS.has(source.attribute) ? value / 100 : value;
    }
    if (source.count) {
      const column = source.count === "transaction_id" ? "transactions" : source.count;
      return figures[`${source.cube}.${column}`] ?? 0;
    }
    let total = source.none ?? null;
    source.signs ??= Object.entries(source.terms).map(([term, sign]) => [`${source.cube}.${term}`, sign]);
    for (const [name, sign] of source.signs) {
      const figure = figures[name];
      // in hundredths, so that a difference of two sums is exact
      if (figure !== undefined) total = (total ?? 0) + sign * Math.round(figure * 100);
    }
    return total === null ? null : total / 100;
  }
}
