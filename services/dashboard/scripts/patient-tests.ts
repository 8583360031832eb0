import { configure } from "@testing-library/react";

// What appears is waited for as long as a test may take: how fast it comes says more about the machine than about the page.
configure({ asyncUtilTimeout: 15_000 });
