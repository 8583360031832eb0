import { type ComponentType, lazy, type ReactElement } from "react";
import { bringTexts } from "@/i18n";
import { MissingPage } from "./MissingPage";
import { PAGES } from "./pages";

type Module = { default: ComponentType };

const FILES = import.meta.glob<Module>(["../{conversations,contacts,operations,administration}/*Page.tsx"]);

/** Each page's file as an element, loaded when it is first shown. */
export const PAGE_ELEMENTS: ReadonlyMap<string, ReactElement> = new Map(
    PAGES.map(({ file }) => {
        const Component = lazy(() => bring(file));
        return [file, <Component key={file} />];
    }),
);

async function bring(file: string): Promise<Module> {
    const load = FILES[`../${file}.tsx`];
    if (!load) return { default: MissingPage };
    const [page] = await Promise.all([load(), bringTexts(file.split("/")[0] ?? "")]);
    return page;
}
