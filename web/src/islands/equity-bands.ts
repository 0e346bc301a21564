// Shades every phase before the listing was on offer, behind the curve of a chart.
import type {
  IChartApi,
  ISeriesPrimitive,
  SeriesAttachedParameter,
  Time,
} from "lightweight-charts";
import type { Band } from "./equity-points";

export class Bands implements ISeriesPrimitive<Time> {
  colour = "";
  #chart: IChartApi | undefined;
  readonly #bands: readonly Band[];

  constructor(bands: readonly Band[]) {
    this.#bands = bands.filter(
      ({ kind }) => kind === "burn_in" || kind === "backtest",
    );
  }

  attached({ chart }: SeriesAttachedParameter<Time>): void {
    this.#chart = chart as IChartApi;
  }

  paneViews() {
    return [
      {
        zOrder: () => "bottom" as const,
        renderer: () => ({ draw: this.#draw }),
      },
    ];
  }

  #draw = (target: Parameters<Renderer["draw"]>[0]): void => {
    target.useBitmapCoordinateSpace(
      ({ context, horizontalPixelRatio, bitmapSize }) => {
        context.fillStyle = this.colour;
        for (const { from, to } of this.#bands) {
          const [left, right] = [from, to].map((at) =>
            this.#chart?.timeScale().timeToCoordinate(at),
          );
          if (left == null || right == null) continue;
          context.fillRect(
            left * horizontalPixelRatio,
            0,
            (right - left) * horizontalPixelRatio,
            bitmapSize.height,
          );
        }
      },
    );
  };
}

type Renderer = NonNullable<
  ReturnType<
    ReturnType<
      NonNullable<ISeriesPrimitive<Time>["paneViews"]>
    >[number]["renderer"]
  >
>;
