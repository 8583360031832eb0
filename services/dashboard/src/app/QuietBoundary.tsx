import { Component, type ReactNode } from "react";

/** Shows nothing where a part fails that the page can be used without, such as one that a newer version no longer has. */
export class QuietBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
    override state = { failed: false };

    static getDerivedStateFromError() {
        return { failed: true };
    }

    override render() {
        return this.state.failed ? null : this.props.children;
    }
}
