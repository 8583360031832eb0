import type { Plugin } from "vite";

// Libraries that write <style> elements, which the content security policy forbids. Constructed style sheets are allowed.
const CHANGES = [
    {
        file: /sonner\/dist\/index\.mjs$/, // theme.css imports its styles
        from: /__insertCSS\("[^\n]*"\);?/,
        to: "",
    },
    {
        file: /style-mod\/src\/style-mod\.js$/, // CodeMirror: it constructs sheets for shadow roots only
        from: "if (!root.head && root.adoptedStyleSheets",
        to: "if (root.adoptedStyleSheets",
    },
    {
        file: /react-style-singleton\/dist\/es2015\/singleton\.js$/, // Radix's dialogs and menus, for the scroll bar
        from: /[^]*/,
        to: `export const stylesheetSingleton = () => {
    let users = 0, sheet = null;
    return {
        add(style) {
            if (users++ > 0) return;
            sheet = new CSSStyleSheet();
            sheet.replaceSync(style);
            document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
        },
        remove() {
            if (--users > 0) return;
            document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== sheet);
        },
    };
};`,
    },
];

/** Has libraries style the page in ways the policy allows; fails where an update of one no longer is what is changed here. */
export function stylesWithinPolicy(): Plugin {
    return {
        name: "styles-within-policy",
        enforce: "pre",
        transform(code, id) {
            const change = CHANGES.find(({ file }) => file.test(id.split("?")[0] ?? ""));
            if (!change) return null;
            const changed = code.replace(change.from, () => change.to);
            if (changed === code) this.error(`${id} is not what styles-within-policy.ts expects`);
            return { code: changed, map: null };
        },
    };
}
