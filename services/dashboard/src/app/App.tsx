import { TooltipProvider } from "@/ui/tooltip";
import { Toaster } from "@/ui/toast";
import { QuietBoundary } from "./QuietBoundary";
import { RegionBoundary } from "./RegionBoundary";
import { Routes } from "./Routes";
import { useTheme } from "./useTheme";

/** The whole page. */
export function App() {
    const { resolved } = useTheme();
    return (
        <RegionBoundary>
            <TooltipProvider delayDuration={400}>
                <Routes />
                <QuietBoundary>
                    <Toaster theme={resolved} />
                </QuietBoundary>
            </TooltipProvider>
        </RegionBoundary>
    );
}
