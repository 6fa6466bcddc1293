// Days as text, 2026-11-25, and months, 2026-11: they compare as they stand.

const DAY = 86400000;
const WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

const isoOf = (time) => new Date(time).toISOString().slice(0, 10);

const plusDays = (day, count) => isoOf(Date.parse(day) + count * DAY);

const daysBetween = (first, last) => (Date.parse(last) - Date.parse(first)) / DAY + 1;

function endOfMonth(day) {
  const [year, month] = day.split("-").map(Number);
  return isoOf(Date.UTC(year, month, 0));
}

// The same day of another month, at most its last one.
function plusMonths(day, count) {
  const [year, month, date] = day.split("-").map(Number);
  const first = isoOf(Date.UTC(year, month - 1 + count, 1));
  return [plusDays(first, (date ?? 1) - 1), endOfMonth(first)].sort()[0];
}

// The first day of a day's week.
const weekOf = (day, start) => plusDays(day, -((new Date(day).getUTCDay() - start + 7) % 7));

// Whether a day, or a part of a month that stands for it, lies in a period.
const isWithin = (day, { first, last }) => day >= first.slice(0, day.length) && day <= last.slice(0, day.length);

const earlier = (one, other) => (one < other ? one : other);
const later = (one, other) => (one > other ? one : other);
