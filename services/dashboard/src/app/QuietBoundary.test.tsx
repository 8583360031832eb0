import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { lazily } from "@/ui/lazily";
import { QuietBoundary } from "./QuietBoundary";

afterEach(() => {
    cleanup();
    vi.restoreAllMocks();
});

test("a part that is not there any more takes nothing else with it", async () => {
    const told = vi.spyOn(console, "error").mockReturnValue();
    const Gone = lazily(
        () => Promise.reject(new TypeError("Failed to fetch dynamically imported module")),
        <i>soon</i>,
    );
    render(
        <>
            <p>the page</p>
            <QuietBoundary>
                <Gone />
            </QuietBoundary>
        </>,
    );
    await vi.waitFor(() => expect(screen.queryByText("soon")).toBeNull());
    expect(screen.queryByText("the page")).not.toBeNull();
    expect(told).toHaveBeenCalled();
});
