// Columns computed from a visual's own rows, after grouping: one function per rule of the catalogue.

const USUAL_WEEKS = 8;
const USUAL_MIN_POINTS = 4;
const DAY = 86400000;

const byField = (fields, orders) => (a, b) => {
  for (const field of fields) {
    const isDescending = field.startsWith("-");
    const name = isDescending ? field.slice(1) : field;
    const order = orders[name];
    const [x, y] = order ? [order.get(a[name]), order.get(b[name])] : [a[name], b[name]];
    if (x === y) continue;
    if (x === null || x === undefined) return 1;
    if (y === null || y === undefined) return -1;
    const first = x < y ? -1 : 1;
    return isDescending ? -first : first;
  }
  return 0;
};

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

  previous_year(rows, derived, { cubes, visual, chosen }) {
    const period = cubes.shifted(chosen.period, -12);
    const plain = { ...visual, measures: visual.measures.filter((measure) => measure.name === derived.of) };
    const before = new Map(
      cubes.rows(plain, { ...chosen, period }).map((row) => [cubes.months.indexOf(row.month), row[derived.of]]),
    );
    for (const row of rows) {
      const month = cubes.months.indexOf(row.month) - 12;
      row[derived.name] = month < cubes.calendar.first_full_month ? null : (before.get(month) ?? 0);
    }
  },

  // with is_anomaly: the median of the same weekday in the weeks before, and who lies far from it; in hundredths, so that
  // a half of one is exact and rounds as in the report
  expected(rows, derived, { cubes, visual, chosen }) {
    const period = { ...chosen.period, from: Math.max(0, chosen.period.from - 3) };
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
      if (before.length >= USUAL_MIN_POINTS) {
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

  // percent of the whole cohort; a month that is over without a buyer is 0, one that is not is empty
  per_base(rows, derived, { cubes, chosen, visual }) {
    const { from, to } = chosen.period;
    const first = cubes.cubes.activity.first_month;
    const found = new Set(rows.map((row) => `${row.cohort_month}+${row.months_since}`));
    for (let cohort = from; cohort <= to; cohort++) {
      for (let month = Math.max(cohort, first); month < cubes.months.length && cubes.cohortSizes[cohort]; month++) {
        const key = `${cubes.months[cohort]}+${month - cohort}`;
        if (!found.has(key)) {
          rows.push({ cohort_month: cubes.months[cohort], months_since: month - cohort, [derived.of]: 0 });
        }
      }
    }
    for (const row of rows) {
      const cohort = cubes.months.indexOf(row.cohort_month);
      const isOver = cohort + row.months_since < cubes.calendar.open_month;
      row[derived.name] = isOver ? (100 * row[derived.of]) / cubes.cohortSizes[cohort] : null;
    }
    rows.sort(byField(visual.sort, {}));
  },
};

// The same number of months just before; cut like the period itself where that one is not over.
Cubes.prototype.shifted = function (period, months) {
  const isOpen = period.to === this.calendar.open_month;
  return { from: period.from + months, to: period.to + months, isCut: isOpen };
};

// The period before, of equal length; null where the data does not reach that far back, and where it ends in a
// month that is too long ago to be cut.
Cubes.prototype.previous = function (period) {
  const shifted = this.shifted(period, -(period.to - period.from + 1));
  const isTooEarly = shifted.from < this.calendar.first_full_month;
  return isTooEarly || (shifted.isCut && shifted.to < this.calendar.first_cut_month) ? null : shifted;
};

function rowsOf(visual, cubes, tables, selection) {
  const everything = { from: 0, to: cubes.months.length - 1 };
  const chosen = Object.fromEntries(visual.filters.filter((name) => selection[name]).map((name) => [name, selection[name]]));
  chosen.period = { ...(chosen.period || everything), of: visual.period };
  const orders = Object.fromEntries(
    visual.dimensions
      .filter((dimension) => dimension.values.length)
      .map((dimension) => [dimension.name, new Map(dimension.values.map((value, index) => [value, index]))]),
  );
  let rows = visual.relation ? relationRows(visual, cubes, tables, chosen) : completed(visual, cubes, chosen);
  rows.sort(byField(visual.sort, orders));
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
  const { columns, rows } = tables[visual.relation];
  const objects = rows.map((row) => Object.fromEntries(columns.map((column, index) => [column, row[index]])));
  return objects.filter((row) => {
    if (chosen.category && row.category !== undefined && !chosen.category.has(row.category)) return false;
    if (!visual.filters.includes("period")) return true;
    const month = cubes.months.indexOf(row.batch_date.slice(0, 7));
    return month >= chosen.period.from && month <= chosen.period.to;
  });
}

// What is a percentage itself changes by points.
function figureRow(visual, cubes, chosen, row) {
  const [{ name, format }] = visual.measures;
  const now = row[name];
  const period = cubes.previous(chosen.period);
  const before = period ? cubes.rows(visual, { ...chosen, period })[0][name] : null;
  const isKnown = before && now !== null;
  const change = isKnown ? (format === "percent" ? now - before : (100 * (now - before)) / before) : null;
  return { [name]: now, previous_period: before, change };
}
