import { QueryErrorResetBoundary } from "@tanstack/react-query";
import { Component, type ReactNode } from "react";
import { RegionFailure } from "./RegionFailure";

type BoundaryProps = { onReset?: () => void; children: ReactNode };

class Boundary extends Component<BoundaryProps, { error: unknown; failed: boolean }> {
    override state = { error: null as unknown, failed: false };

    static getDerivedStateFromError(error: unknown) {
        return { error, failed: true };
    }

    reset = () => {
        this.props.onReset?.();
        this.setState({ error: null, failed: false });
    };

    override render() {
        return this.state.failed ? (
            <RegionFailure error={this.state.error} onRetry={this.reset} />
        ) : (
            this.props.children
        );
    }
}

/** Keeps what fails within from taking the rest of the page with it. */
export function RegionBoundary({ children }: { children: ReactNode }) {
    return (
        <QueryErrorResetBoundary>
            {({ reset }) => <Boundary onReset={reset}>{children}</Boundary>}
        </QueryErrorResetBoundary>
    );
}
