// The chart behind <equity-chart>: net return and drawdown in two panes, phases shaded, colours from the tokens.
// Everything that knows lightweight-charts stands here; the chunk is loaded only when somebody asks for the chart.
import {
  AreaSeries,
  ColorType,
  createChart,
  type UTCTimestamp,
} from "lightweight-charts";
import { token } from "./colour-token";
import { Bands } from "./equity-bands";
import {
  day,
  percent,
  phasesOf,
  pointsOf,
  type Curve,
  type Point,
} from "./equity-points";

export interface Study {
  days: number;
  show(days: number): void;
  remove(): void;
}

const DAY_S = 86_400;

export function study(
  place: HTMLElement,
  curve: Curve,
  phases: string,
  reading: HTMLElement,
): Study {
  const { returns, falls } = pointsOf(curve);
  const first = returns[0]!.time;
  const last = returns[returns.length - 1]!.time;
  const chart = createChart(place, {
    autoSize: true,
    timeScale: { borderVisible: false, minBarSpacing: 0.05 },
    rightPriceScale: { borderVisible: false },
    layout: { attributionLogo: false, fontFamily: "system-ui, sans-serif" },
    kineticScroll: {
      touch: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    },
    handleScroll: { vertTouchDrag: false },
  });
  const priceFormat = {
    type: "custom",
    formatter: percent,
    minMove: 0.0001,
  } as const;
  const gain = chart.addSeries(AreaSeries, { priceFormat, lineWidth: 2 });
  const fall = chart.addSeries(
    AreaSeries,
    { priceFormat, lineWidth: 1, invertFilledArea: true },
    1,
  );
  fall.priceScale().applyOptions({ scaleMargins: { top: 0.02, bottom: 0.1 } });
  gain.setData(returns);
  fall.setData(falls);
  const bands = new Bands(phasesOf(phases, returns));
  gain.attachPrimitive(bands);
  chart.panes()[0]?.setStretchFactor(3);
  chart.panes()[1]?.setStretchFactor(1);

  function colour(): void {
    const ink = token("--ink-2");
    const none = "rgba(0, 0, 0, 0)";
    const line = { color: token("--line") };
    chart.applyOptions({
      layout: {
        background: { type: ColorType.Solid, color: none },
        textColor: ink,
        panes: { separatorColor: token("--line") },
      },
      grid: { vertLines: { visible: false }, horzLines: line },
    });
    gain.applyOptions({
      lineColor: token("--accent"),
      topColor: none,
      bottomColor: none,
    });
    const fallen = token("--bad-paper");
    fall.applyOptions({
      lineColor: token("--bad"),
      topColor: fallen,
      bottomColor: fallen,
    });
    bands.colour = token("--paper-3");
    chart.timeScale().fitContent();
  }

  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", colour);
  colour();
  chart.subscribeCrosshairMove((at) => {
    const here = at.seriesData.get(gain) as Point | undefined;
    const below = at.seriesData.get(fall) as Point | undefined;
    reading.textContent =
      here && below
        ? `${day(here.time)}: ${percent(here.value)} net, ${percent(below.value)} from the high`
        : "";
  });
  return {
    days: (last - first) / DAY_S,
    show(days: number): void {
      if (days === Infinity) chart.timeScale().fitContent();
      else {
        const from = Math.max(first, last - days * DAY_S) as UTCTimestamp;
        chart.timeScale().setVisibleRange({ from, to: last });
      }
    },
    remove(): void {
      scheme.removeEventListener("change", colour);
      chart.remove();
    },
  };
}
