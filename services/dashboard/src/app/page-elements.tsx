import { type ComponentType, lazy, type ReactElement } from "react";
import { bringTexts } from "@/i18n";
import { MissingPage } from "./MissingPage";
import { PAGES } from "./pages";

// A folder that shows parts of another one needs their texts too.
const BORROWED: Readonly<Record<string, readonly string[]>> = { administration: ["operations"] };

type Module = { default: ComponentType };

const FILES = import.meta.glob<Module>(["../{conversations,contacts,operations,administration}/*Page.tsx"]);

/** Each page's file as an element, loaded when it is first shown. */
export const PAGE_ELEMENTS: ReadonlyMap<string, ReactElement> = new Map(
    PAGES.map(({ file }) => {
        const Component = lazy(() => bring(file));
        return [file, <Component key={file} />];
    }),
);

export async function bring(file: string): Promise<Module> {
    const load = FILES[`../${file}.tsx`];
    if (!load) return { default: MissingPage };
    const folder = file.split("/")[0] ?? "";
    const [page] = await Promise.all([load(), ...[folder, ...(BORROWED[folder] ?? [])].map(bringTexts)]);
    return page;
}
