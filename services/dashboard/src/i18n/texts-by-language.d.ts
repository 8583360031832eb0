// Made of the folders' `texts.ts` by texts-by-language.ts, beside vite.config.ts.
declare module "texts:pt-BR" {
    const texts: Record<string, Record<string, unknown>>;
    export default texts;
}
declare module "texts:en" {
    const texts: Record<string, Record<string, unknown>>;
    export default texts;
}
declare module "texts:pt-BR/*" {
    const texts: Record<string, unknown>;
    export default texts;
}
declare module "texts:en/*" {
    const texts: Record<string, unknown>;
    export default texts;
}
