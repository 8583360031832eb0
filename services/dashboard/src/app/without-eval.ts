import { config } from "zod/v4/core";

// Imported before anything that makes a schema: zod tries whether it may compile code, which the page's policy reports.
config({ jitless: true });
