import { auditTexts } from "./wording/audit";
import { deadLetterTexts } from "./wording/dead-letters";
import { entryTexts } from "./wording/entry";
import { queueTexts } from "./wording/queue";
import { sharedTexts } from "./wording/shared";
import { sourceTexts } from "./wording/sources";

export const texts = {
    "pt-BR": {
        ...sharedTexts["pt-BR"],
        ...queueTexts["pt-BR"],
        ...deadLetterTexts["pt-BR"],
        ...entryTexts["pt-BR"],
        ...sourceTexts["pt-BR"],
        ...auditTexts["pt-BR"],
    },
    en: {
        ...sharedTexts.en,
        ...queueTexts.en,
        ...deadLetterTexts.en,
        ...entryTexts.en,
        ...sourceTexts.en,
        ...auditTexts.en,
    },
};
