// Periods: a first and a last day, the places of their months, how finely they are drawn (grain), and what they are
// compared with (comparison).

const GRAINS = {
  month: { name: "month", label: "Month", values: [], format: "month" },
  week: { name: "week", label: "Week from", values: [], format: "date" },
  day: { name: "day", label: "Day", values: [], format: "date" },
};

// How finely a period is drawn unless somebody says so.
function grainOf({ first, last, isOfMonths }) {
  const days = daysBetween(first, last);
  return days <= 62 ? "day" : isOfMonths || days > 200 ? "month" : "week";
}

Object.assign(Cubes.prototype, {
  // Nothing is known after it.
  lastDay() {
    return later(this.calendar.today, this.calendar.last_sale);
  },

  // soFar among the others: a last day on which its month was not over.
  period(first, last, others = {}) {
    const [from, to] = [first, last].map((day) => this.months.indexOf(day.slice(0, 7)));
    const isOfMonths = first.endsWith("-01") && [endOfMonth(last), this.lastDay(), others.soFar].includes(last);
    return { grain: "month", comparison: "previous", ...others, first, last, from, to, isOfMonths };
  },

  everything() {
    return this.period(`${this.months[0]}-01`, this.lastDay());
  },

  // A period as a visual knows it: cohorts are months; what one of its cubes does not have counts of none of them, and
  // months that they do not have by day count whole.
  known(period, visual) {
    const isOfCohorts = visual.period === "cohort_month";
    const isByDay = (day) => !isOfCohorts && this.hasDays(visual, day);
    const from = isOfCohorts ? period.first : later(period.first, `${this.months[this.firstMonthOf(visual)]}-01`);
    const first = isByDay(from) ? from : `${from.slice(0, 7)}-01`;
    const last = isByDay(period.last) ? period.last : earlier(endOfMonth(period.last), this.lastDay());
    return this.period(first, last, { ...period, of: visual.period });
  },

  // As many months before where it is of whole months, up to the same day of one that is not over, else as many days;
  // or the same dates so many months before. Null where the data does not reach back that far.
  compared(period, months = period.isOfMonths ? period.to - period.from + 1 : null) {
    if (period.first > period.last) return null;
    if (months === null) return this.shifted(period, -daysBetween(period.first, period.last));
    const last = plusMonths(period.last, -months);
    return this.before(plusMonths(period.first, -months), period.last === endOfMonth(period.last) ? endOfMonth(last) : last, period);
  },

  shifted(period, days) {
    return this.before(plusDays(period.first, days), plusDays(period.last, days), period);
  },

  before(first, last, period) {
    return first < this.calendar.first_sale ? null : this.period(first, last, period);
  },

  // What a figure is compared with: only what its cubes know to the day.
  comparedFor(visual, period) {
    if (period.comparison === "none") return null;
    const compared = this.compared(period, period.comparison === "year" ? 12 : undefined);
    const known = compared && this.known(compared, visual);
    return known && known.first === compared.first && known.last === compared.last ? known : null;
  },

  // The days of a period on which something could be sold.
  daysOf(period, firstMonth = 0) {
    const { first_sale: opened } = this.calendar;
    const days = [];
    const last = earlier(period.last, this.lastDay());
    const first = [period.first, opened, `${this.months[firstMonth]}-01`].sort()[2];
    for (let day = first; day <= last; day = plusDays(day, 1)) days.push(day);
    return days;
  },

  // A visual as it is drawn for a period: how finely, against what, and which days its first and last month or week have.
  drawn(visual, period) {
    const { comparison } = period;
    const { first, last } = this.known(period, visual);
    const shown = { first: later(first, this.calendar.first_sale), last, today: this.lastDay() };
    if (visual.kind !== "lines") return { ...visual, shown, comparison };
    const months = this.months.slice(Math.max(period.from, this.firstMonthOf(visual)), period.to + 1);
    const isByDay = months.every((month) => this.hasDays(visual, month));
    const grain = GRAINS[isByDay ? period.grain : "month"];
    const derived = comparison === "none" ? [] : visual.derived;
    return { ...visual, shown, comparison, derived, dimensions: [grain], sort: [grain.name] };
  },
});

// The first and the last day of the month, week or day that a row is of.
function daysOfRow(row) {
  if (row.week !== undefined) return [row.week, plusDays(row.week, 6)];
  return row.month === undefined ? [row.day, row.day] : [`${row.month}-01`, endOfMonth(row.month)];
}

// What is not whole of the month or week of a row.
function partOf(row, shown) {
  const [first, last] = daysOfRow(row);
  if (first === undefined) return "";
  if (last > shown.last) return shown.last === shown.today ? " so far" : " in part";
  return first < shown.first ? " in part" : "";
}
