import { TooltipProvider } from "@/ui/tooltip";
import { Toaster } from "@/ui/toast";
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
                <Toaster theme={resolved} />
            </TooltipProvider>
        </RegionBoundary>
    );
}
