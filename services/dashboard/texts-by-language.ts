import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Plugin, runnerImport } from "vite";

type Texts = Readonly<Record<string, object>>;

const NAME = /^texts:([\w-]+)(?:\/(\w+))?$/;
const SOURCE = fileURLToPath(new URL("./src", import.meta.url));

const fileOf = (folder: string) => `${SOURCE}/${folder}/texts.ts`;

/**
 * Makes `texts:en` of what all folders' `texts.ts` say in English, and `texts:en/operations` of a folder's that comes later.
 * Whoever writes a text has both languages before them; whoever reads the page loads one.
 */
export function textsByLanguage({ later }: { later: readonly string[] }): Plugin {
    return {
        name: "texts-by-language",
        resolveId: (id) => (NAME.test(id) ? `\0${id}` : null),
        async load(id) {
            const [, language, folder] = NAME.exec(id.slice(1)) ?? [];
            if (!id.startsWith("\0") || !language) return null;
            const texts: Record<string, object | undefined> = {};
            for (const each of folder ? [folder] : foldersWithTexts(later)) {
                const { module, dependencies } = await runnerImport<{ texts: Texts }>(fileOf(each));
                for (const file of [fileOf(each), ...dependencies]) this.addWatchFile(file);
                texts[each] = module.texts[language];
            }
            return `export default ${JSON.stringify(folder ? texts[folder] : texts)}`;
        },
    };
}

function foldersWithTexts(but: readonly string[]): string[] {
    return readdirSync(SOURCE).filter((folder) => existsSync(fileOf(folder)) && !but.includes(folder));
}
