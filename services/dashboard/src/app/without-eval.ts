// Imported before anything that makes a schema: zod tries whether it may compile code, which the page's policy reports.
// It keeps its settings under this name; importing it to change them would bring it into the first load.
Object.assign(globalThis, { __zod_globalConfig: { jitless: true } });

export {};
