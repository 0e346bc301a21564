// The points of an equity curve as a chart takes them: net return, fall from the high, phases. Pure.
import type { UTCTimestamp } from "lightweight-charts";

export interface Curve {
  opening_cash: string;
  opened_at: string;
  data: { at: string; equity: string }[];
}

export interface Point {
  time: UTCTimestamp;
  value: number;
}

export function pointsOf(curve: Curve): { returns: Point[]; falls: Point[] } {
  const opening = Number(curve.opening_cash);
  const levels = [
    { at: curve.opened_at, equity: curve.opening_cash },
    ...curve.data,
  ].map(({ at, equity }) => ({
    time: Math.floor(Date.parse(at) / 1000) as UTCTimestamp,
    value: Number(equity) / opening - 1,
  }));
  let high = -Infinity;
  const falls = levels.map(({ time, value }) => {
    high = Math.max(high, value);
    return { time, value: (1 + value) / (1 + high) - 1 };
  });
  return { returns: levels, falls };
}

export interface Band {
  kind: string;
  from: UTCTimestamp;
  to: UTCTimestamp;
}

// Phases begin and end at whatever moment; the time scale knows the moments of its points only.
export function phasesOf(text: string, points: readonly Point[]): Band[] {
  const nearest = (iso: string | undefined): UTCTimestamp => {
    const wanted = Date.parse(iso ?? "") / 1000;
    return (
      points.find(({ time }) => time >= wanted) ?? points[points.length - 1]!
    ).time;
  };
  return text
    .split(",")
    .filter(Boolean)
    .map((phase) => {
      const [kind = "", from, to] = phase.split(" ");
      return { kind, from: nearest(from), to: nearest(to) };
    });
}

export function percent(value: number): string {
  const text = Math.abs(value * 100).toFixed(1);
  const sign = Number(text) === 0 ? "" : value > 0 ? "+" : "−";
  return `${sign}${text} %`;
}

export function day(time: UTCTimestamp): string {
  return new Date(time * 1000).toISOString().slice(0, 10);
}
