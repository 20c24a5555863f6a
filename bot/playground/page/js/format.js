// Times and small words.

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const exact = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long" });
const short = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

export const timeOf = (seconds) => clock.format(new Date(seconds * 1000));
export const exactTimeOf = (seconds) => exact.format(new Date(seconds * 1000));

export function dayOf(seconds) {
  const date = new Date(seconds * 1000);
  return isToday(date) ? "Today" : day.format(date);
}

/** The time today, else the day: for lists. */
export function whenOf(seconds) {
  if (seconds === null) return "";
  const date = new Date(seconds * 1000);
  return isToday(date) ? clock.format(date) : short.format(date);
}

const isToday = (date) => date.toDateString() === new Date().toDateString();

export const ROLES = {
  employee: "Employee",
  manager: "Manager",
  finance: "Finance",
  admin: "Admin",
  stranger: "Stranger",
};

export const LANGUAGES = { en: "English", de: "German" };

export const initialsOf = (name) => name.split(" ").map((word) => word[0]).slice(0, 2).join("");
