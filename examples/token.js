// Gives the widget a token, and keeps it for as long as it holds. Who asks while one is on its way waits for the same one.
let kept;
document.querySelector("briefwijzer-chat").getToken = async (refused) => {
  const before = kept;
  const held = await before;
  // Somebody else may have asked for another one meanwhile.
  if ((!held || held.token === refused || held.until < Date.now()) && kept === before) {
    kept = fetched();
    kept.catch(() => (kept = undefined));
  }
  return (await kept).token;
};

async function fetched() {
  const { token, expires_in } = await (await fetch("/briefwijzer-token", { method: "POST" })).json();
  return { token, until: Date.now() + (expires_in - 30) * 1000 };
}
