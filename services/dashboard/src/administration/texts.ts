import { deskTexts } from "./wording/desk";
import { destinationTexts } from "./wording/destinations";
import { peopleTexts } from "./wording/people";
import { sharedTexts } from "./wording/shared";
import { sourceTexts } from "./wording/sources";
import { tokenTexts } from "./wording/tokens";

export const texts = {
    "pt-BR": {
        ...sharedTexts["pt-BR"],
        ...peopleTexts["pt-BR"],
        ...sourceTexts["pt-BR"],
        ...deskTexts["pt-BR"],
        ...destinationTexts["pt-BR"],
        ...tokenTexts["pt-BR"],
    },
    en: {
        ...sharedTexts.en,
        ...peopleTexts.en,
        ...sourceTexts.en,
        ...deskTexts.en,
        ...destinationTexts.en,
        ...tokenTexts.en,
    },
};
