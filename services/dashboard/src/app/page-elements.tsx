import { type ComponentType, lazy, type ReactElement } from "react";
import { MissingPage } from "./MissingPage";
import { PAGES } from "./pages";

type Module = { default: ComponentType };

const FILES = import.meta.glob<Module>(["../{conversations,contacts,operations,administration}/*Page.tsx"]);

/** Each page's file as an element, loaded when it is first shown. */
export const PAGE_ELEMENTS: ReadonlyMap<string, ReactElement> = new Map(
    PAGES.map(({ file }) => {
        const Component = lazy(FILES[`../${file}.tsx`] ?? missing);
        return [file, <Component key={file} />];
    }),
);

function missing(): Promise<Module> {
    return Promise.resolve({ default: MissingPage });
}
