import { config } from "zod/mini";

// Imported before anything that makes a schema: zod tries whether it may compile code, which the page's policy reports.
config({ jitless: true });
