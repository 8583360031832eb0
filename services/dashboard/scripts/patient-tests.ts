import { configure } from "@testing-library/react";
import { vi } from "vitest";

// What appears is waited for as long as a test may take: how fast it comes says more about the machine than about the page.
const PATIENCE_MS = 15_000;
configure({ asyncUtilTimeout: PATIENCE_MS });
const waitFor = vi.waitFor;
vi.waitFor = (callback, options) => waitFor(callback, options ?? { timeout: PATIENCE_MS });
