// How sure an answer is, in words. Where there are several digits, sentences number them.

import { percent } from "./dom.js";

const MOST_NAMED = 3; // digits in a sentence

export function verdict({ digits }) {
  if (!digits.length) return "A table, with no digit in it";
  const unsure = digits.flatMap((digit, at) => (digit.unsure ? [[digit, at]] : []));
  if (digits.length === 1) return ofOne(digits[0]);
  if (unsure.length) return `Not sure of ${listed(unsure)}`;
  const least = Math.min(...digits.map((digit) => digit.confidence));
  return `${digits.length} digits, the least sure ${percent(least)}`;
}

// A digit that looks like none has a likeliest class all the same, which says nothing.
export function looksLikeNone({ flags }) {
  return flags.includes("not_a_digit");
}

export function ordinal(number) {
  const tens = number % 100;
  const ending = tens > 10 && tens < 14 ? "th" : ["th", "st", "nd", "rd"][number % 10] ?? "th";
  return `${number}${ending}`;
}

function ofOne(digit) {
  const [[first, share], [second]] = digit.top;
  if (looksLikeNone(digit)) return `It looks like no digit; the nearest is ${first}, ${percent(share)}`;
  return digit.unsure ? `Not sure: ${first} or ${second}?` : `${percent(digit.confidence)} sure`;
}

function listed(unsure) {
  const named = unsure
    .slice(0, MOST_NAMED)
    .map(([digit, at]) =>
      looksLikeNone(digit) ? `the ${ordinal(at + 1)}, which looks like no digit` : `the ${ordinal(at + 1)} digit, ${digit.digit}`,
    );
  const more = unsure.length - named.length;
  return named.join(", ") + (more ? `, and ${more} more` : "");
}
