// Columns computed from a visual's own rows, after grouping: one function per rule of the catalogue.

const USUAL_WEEKS = 8;
const USUAL_MIN_POINTS = 4;

function byField(fields, orders) {
  const keys = fields.map((field) => {
    const name = field.replace(/^-/, "");
    return { name, before: field === name ? -1 : 1, order: orders[name] };
  });
  return (a, b) => {
    for (const { name, before, order } of keys) {
      const x = order ? order.get(a[name]) : a[name];
      const y = order ? order.get(b[name]) : b[name];
      if (x === y) continue;
      if (x === null || x === undefined) return 1;
      if (y === null || y === undefined) return -1;
      return x < y ? before : -before;
    }
    return 0;
  };
}

const hundredths = (amount) => Math.round((amount ?? 0) * 100);

const total = (rows, field) => rows.reduce((sum, row) => sum + hundredths(row[field]), 0) / 100;

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
}

const DERIVE = {
  rank(rows, derived) {
    rows.forEach((row, index) => (row[derived.name] = index + 1));
  },

  share(rows, derived) {
    const all = total(rows, derived.of);
    for (const row of rows) row[derived.name] = all ? (100 * row[derived.of]) / all : null;
  },

  running_share(rows, derived) {
    const all = total(rows, derived.of);
    let running = 0;
    for (const row of rows) {
      running += row[derived.of];
      row[derived.name] = all ? (100 * running) / all : null;
    }
  },

  abc_class(rows, derived) {
    const all = total(rows, derived.of);
    let running = 0;
    for (const row of rows) {
      // a product belongs to the class in which it begins
      const share = Math.round(running * 100) / 100;
      row[derived.name] = share < 0.8 * all ? "A" : share < 0.95 * all ? "B" : "C";
      running += row[derived.of];
    }
  },

  // months are compared with the same dates, weeks and days with the same weekdays: 52 weeks before
  previous_year(rows, derived, { cubes, visual, chosen }) {
    const [{ name }] = visual.dimensions;
    const back = (day) => (name === "month" ? plusMonths(day, -12) : plusDays(day, -364));
    const measures = visual.measures.filter((measure) => measure.name === derived.of);
    const plain = { ...visual, measures };
    const [first, last] = [back(chosen.period.first), back(chosen.period.last)];
    const isWhole = name === "month" && chosen.period.last === endOfMonth(chosen.period.last);
    const period = cubes.period(first, isWhole ? endOfMonth(last) : last, chosen.period);
    const before = new Map(cubes.rows(plain, { ...chosen, period }).map((row) => [row[name], row[derived.of]]));
    const known = later(cubes.calendar.first_sale, `${cubes.months[cubes.firstMonthOf(plain)]}-01`);
    visual.compared = { first: later(first, known), last: period.last };
    for (const row of rows) {
      const [from, to] = daysOfRow(row);
      const [start, end] = [back(later(from, chosen.period.first)), back(earlier(to, chosen.period.last))];
      const isByMonth = name === "month" && !partOf(row, visual.shown);
      const isKnown = start >= known && (isByMonth || [start, end].every((day) => cubes.hasDays(plain, day)));
      row[derived.name] = isKnown ? (before.get(back(row[name]).slice(0, row[name].length)) ?? 0) : null;
    }
  },

  // with is_anomaly: the median of the same weekday in the weeks before, and who lies far from it; in hundredths, so that
  // a half of one is exact and rounds as in the report, which knows the weeks before those that are here
  expected(rows, derived, { cubes, visual, chosen }) {
    const { is_cut: isCut, first_sale: first } = cubes.calendar;
    const known = isCut ? plusDays(first, 7 * USUAL_WEEKS) : first;
    const period = cubes.period(plusDays(chosen.period.first, -7 * USUAL_WEEKS), chosen.period.last, chosen.period);
    const series = cubes.rows(visual, { ...chosen, period });
    const revenue = new Map(series.map((row) => [Date.parse(row.day), hundredths(row[derived.of])]));
    for (const row of rows) {
      const day = Date.parse(row.day);
      const before = [];
      for (let week = 1; week <= USUAL_WEEKS; week++) {
        const value = revenue.get(day - 7 * week * DAY);
        if (value !== undefined) before.push(value);
      }
      row[derived.name] = null;
      row.is_anomaly = false;
      if (row.day >= known && before.length >= USUAL_MIN_POINTS) {
        const usual = median(before);
        row[derived.name] = Math.round(usual) / 100;
        if (!revenue.has(day)) continue; // a day without a sale is not compared
        const deviation = median(before.map((value) => Math.abs(value - usual)));
        const distance = Math.abs(hundredths(row[derived.of]) - usual);
        row.is_anomaly = 10000 * distance > Math.max(6 * 14826 * deviation, 1000 * usual);
      }
    }
  },

  is_anomaly() {}, // comes with expected

  holiday(rows, derived, { cubes }) {
    for (const row of rows) row[derived.name] = cubes.calendar.holidays[row.day] ?? null;
  },

  // with base: percent of those who bought in the cohort's month; a month that is over without a buyer is 0, one that is
  // not is empty
  per_base(rows, derived, { cubes, visual }) {
    const sizes = new Map(rows.filter((row) => row.months_since === 0).map((row) => [row.cohort_month, row[derived.of]]));
    const found = new Set(rows.map((row) => `${row.cohort_month}+${row.months_since}`));
    for (const cohort of sizes.keys()) {
      for (let since = 0; since < cubes.months.length - cubes.months.indexOf(cohort); since++) {
        if (!found.has(`${cohort}+${since}`)) rows.push({ cohort_month: cohort, months_since: since, [derived.of]: 0 });
      }
    }
    for (const row of rows) {
      row.cohort_size = sizes.get(row.cohort_month);
      const isOver = cubes.months.indexOf(row.cohort_month) + row.months_since < cubes.calendar.open_month;
      row[derived.name] = isOver ? (100 * row[derived.of]) / row.cohort_size : null;
    }
    rows.sort(byField(visual.sort, {}));
  },

  base() {}, // comes with per_base
};

// What acts on a visual, and the period as it knows it.
function chosenOf(visual, cubes, selection) {
  const chosen = Object.fromEntries(visual.filters.filter((name) => selection[name]).map((name) => [name, selection[name]]));
  return { ...chosen, period: cubes.known(chosen.period || cubes.everything(), visual) };
}

function rowsOf(visual, cubes, tables, selection) {
  const chosen = chosenOf(visual, cubes, selection);
  const orders = Object.fromEntries(
    visual.dimensions
      .filter((dimension) => dimension.values.length)
      .map((dimension) => [dimension.name, new Map(dimension.values.map((value, index) => [value, index]))]),
  );
  let rows = visual.relation ? relationRows(visual, cubes, tables, chosen) : completed(visual, cubes, chosen);
  rows.sort(byField(visual.sort, orders));
  visual.beyond = visual.limit ? rows.slice(visual.limit) : [];
  for (const derived of visual.derived) DERIVE[derived.rule](rows, derived, { cubes, visual, chosen });
  if (visual.kind === "figure") rows = [figureRow(visual, cubes, chosen, rows[0])];
  // of the newest delivery all files, and a shop may deliver one more than another
  if (visual.kind === "delivery") return rows.filter((row) => row.batch_date === rows[0].batch_date);
  return visual.limit ? rows.slice(0, visual.limit) : rows;
}

const COMPLETE = new Set(["lines", "columns", "stacked_columns", "daily"]);

// Months, days and bands in which nothing was sold are rows as well: without them a line would lead over them.
function completed(visual, cubes, chosen) {
  const rows = cubes.rows(visual, chosen);
  if (!COMPLETE.has(visual.kind) || !rows.length) return rows;
  const names = visual.dimensions.map((dimension) => dimension.name);
  const keyOf = (row) => names.map((name) => row[name]).join("\u0001");
  const known = new Set(rows.map(keyOf));
  const nothing = Object.fromEntries(visual.measures.map(({ name, denominator }) => [name, denominator ? null : 0]));
  let empty = [nothing];
  for (const dimension of visual.dimensions) {
    const values = cubes.axisOf(dimension, visual, chosen.period);
    empty = empty.flatMap((row) => values.map((value) => ({ ...row, [dimension.name]: value })));
  }
  return [...rows, ...empty.filter((row) => !known.has(keyOf(row)))];
}

function relationRows(visual, cubes, tables, chosen) {
  const { columns, rows, counts } = tables[visual.relation];
  const lists = visual.filters.filter((name) => name !== "period" && chosen[name]);
  const isChosen = (row) => lists.every((name) => chosen[name].has(row[name]));
  const ofChosen = counts.filter(isChosen);
  const sumOf = (name) => ofChosen.reduce((sum, one) => sum + one[name], 0);
  visual.counts = { inStock: sumOf("in_stock"), late: sumOf("late"), soldOut: sumOf("sold_out") };
  const objects = rows.map((row) => Object.fromEntries(columns.map((column, index) => [column, row[index]])));
  const isIn = (row) => !visual.filters.includes("period") || isWithin(row.batch_date, chosen.period);
  return objects.filter((row) => isChosen(row) && isIn(row));
}

// What is a percentage itself changes by points.
function figureRow(visual, cubes, chosen, row) {
  const [{ name, format }] = visual.measures;
  const now = row[name];
  const period = cubes.comparedFor(visual, chosen.period);
  const before = period ? cubes.rows(visual, { ...chosen, period })[0][name] : null;
  const isKnown = before && now !== null;
  const change = isKnown ? (format === "percent" ? now - before : (100 * (now - before)) / Math.abs(before)) : null;
  const [compared_from, compared_to] = [period?.first ?? null, period?.last ?? null];
  return { [name]: now, compared_from, compared_to, previous_period: before, change };
}
