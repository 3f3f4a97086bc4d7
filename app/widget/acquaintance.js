// What the widget learns of the service before the first answer.

import { withoutVerdicts } from "./actions.js";
import { nameVoices } from "./answerview.js";
import { showExamples } from "./shell.js";

/**
 * Get the speakers' names and the example questions, once. Without them everything else still works.
 * @param {import("./element.js").BriefwijzerChat} chat
 */
export async function acquaint(chat) {
  const { client, setting, shell } = chat;
  if (!client || !setting || !shell || shell.examples.childElementCount) return;
  try {
    const about = await client.about(setting.language);
    if (setting !== chat.setting) return;
    // Their order is that of the colours, here and in the viewer.
    chat.speakers = { ...about.speakers, ...chat.speakers };
    nameVoices(shell.turns, setting);
    if (about.feedback === false) withoutVerdicts(shell, setting);
    showExamples(shell, setting.strings.examples, about.examples, (question) => void chat.ask(question));
  } catch {
    // No examples, then.
  }
}
