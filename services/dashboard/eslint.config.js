import js from "@eslint/js";
import jsxA11y from "eslint-plugin-jsx-a11y";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

export default tseslint.config(
    { ignores: ["dist*", "src/api/schema.ts", "src/realtime/protocol.ts"] },
    js.configs.recommended,
    ...tseslint.configs.strict,
    jsxA11y.flatConfigs.recommended,
    reactHooks.configs.flat["recommended-latest"],
    {
        files: ["scripts/**/*.mjs"],
        languageOptions: { globals: { URL: "readonly", console: "readonly", process: "readonly" } },
    },
    {
        files: ["public/**/*.js"],
        languageOptions: { globals: { document: "readonly", localStorage: "readonly", matchMedia: "readonly" } },
    },
);
