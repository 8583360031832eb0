/// <reference types="vitest/config" />
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { compressedBeforehand } from "./compressed-beforehand.ts";
import { stylesWithinPolicy } from "./styles-within-policy.ts";
import { textsByLanguage } from "./texts-by-language.ts";

const API = process.env.PROSA_API_URL ?? "http://127.0.0.1:8080";

// Folders whose texts the first load does not bring.
const LATER = ["contacts", "operations", "administration"];

export default defineConfig({
    plugins: [react(), tailwindcss(), stylesWithinPolicy(), textsByLanguage({ later: LATER }), compressedBeforehand()],
    resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
    // The content security policy allows no inline script, so nothing may be inlined into the page.
    build: {
        outDir: "dist",
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        target: "es2023",
        manifest: true,
        // One part for what many pages share: forty parts of an icon each compress badly.
        rolldownOptions: {
            output: {
                codeSplitting: {
                    groups: [{ name: "shared", test: /lucide-react|src\/ui\/|class-variance/, minShareCount: 2 }],
                },
            },
        },
    },
    server: { proxy: { "/api": API, "/config.json": API } },
    // What it changes must not be bundled beforehand, where it would not be seen.
    optimizeDeps: { exclude: ["sonner", "style-mod", "react-style-singleton"] },
    test: {
        environment: "happy-dom",
        testTimeout: 20_000,
        expect: { poll: { timeout: 15_000 } },
        setupFiles: ["./scripts/patient-tests.ts"],
        projects: [
            // One document for all of them: to make one for each file took longer than all that is tested there.
            { extends: true, test: { name: "logic", include: ["src/**/*.test.ts"], isolate: false } },
            { extends: true, test: { name: "pages", include: ["src/**/*.test.tsx"] } },
        ],
    },
});
