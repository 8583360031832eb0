import { useTranslation } from "react-i18next";
import { useLanguage, useTimes } from "@/i18n/useTimes";
import { thinned } from "./thinned";
import type { PlotProps } from "./Plot";

const ROWS = 12;

/** What a plot draws, as a table of a dozen moments. */
export function PlotTable({ title, unit, times, lines }: PlotProps) {
    const { t } = useTranslation("operations");
    const { full } = useTimes();
    const number = new Intl.NumberFormat(useLanguage(), { maximumFractionDigits: 1 });
    return (
        <details className="text-xs text-muted-foreground">
            <summary className="w-fit rounded select-none hover:text-foreground">{t("plots.asTable")}</summary>
            <div className="mt-2 overflow-x-auto">
                <table className="w-full text-left tabular-nums">
                    <caption className="sr-only">{`${title} (${unit})`}</caption>
                    <thead>
                        <tr>
                            <th scope="col" className="py-1 pr-4 font-medium">
                                {t("plots.time")}
                            </th>
                            {lines.map(({ name }) => (
                                <th key={name} scope="col" className="py-1 pr-4 font-medium">
                                    {name}
                                </th>
                            ))}
                        </tr>
                    </thead>
                    <tbody>
                        {thinned(times.length, ROWS).map((index) => (
                            <tr key={index}>
                                <th scope="row" className="py-0.5 pr-4 font-normal whitespace-nowrap">
                                    {full(new Date(times[index] ?? 0).toISOString())}
                                </th>
                                {lines.map(({ name, values }) => (
                                    <td key={name} className="pr-4">
                                        {values[index] == null ? "–" : number.format(values[index])}
                                    </td>
                                ))}
                            </tr>
                        ))}
                    </tbody>
                </table>
            </div>
        </details>
    );
}
