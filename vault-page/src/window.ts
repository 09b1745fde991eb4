// A window of this origin that asks the user something. The page that embeds the frame can draw over it, so nothing is decided, and
// nothing secret typed, in the frame: nobody can draw over the window, and its address bar says whose it is.

const here = { targetOrigin: location.origin };

/** What is wrong with an answer, or undefined where it was good: then the window closes. */
export type Reply = string | undefined;

/**
 * Opens a window, tells it what it is for, and takes its answers until one is good or it is closed.
 * @param take looks at an answer
 */
export function askInWindow(page: string, about: unknown, take: (answer: unknown) => Promise<Reply>): Promise<void> {
  const window = open(page, '_blank', 'popup,width=480,height=560');
  if (window === null) return Promise.resolve();
  return new Promise((resolve) => {
    const finish = (): void => {
      clearInterval(timer);
      removeEventListener('message', onMessage);
      resolve();
    };
    const onMessage = async ({ source, origin, data }: MessageEvent): Promise<void> => {
      if (source !== window || origin !== location.origin) return;
      if (data === 'ready') return window.postMessage({ about }, here);
      const problem = await take(data);
      window.postMessage({ problem }, here);
      if (problem === undefined) finish();
    };
    const timer = setInterval(() => window.closed && finish(), 500);
    addEventListener('message', onMessage);
  });
}

/** The window's side. @returns undefined where this is no window that a frame of this origin has opened */
export function answerer<About>(show: (about: About) => void): ((answer: unknown) => Promise<Reply>) | undefined {
  const opener = window.opener as Window | null;
  if (opener === null || window.top !== window) return undefined;
  let told = (_: Reply): void => {};
  addEventListener('message', ({ source, origin, data }: MessageEvent) => {
    if (source !== opener || origin !== location.origin) return;
    if (Object.hasOwn(data, 'about')) show(data.about as About);
    else told(data.problem as Reply);
  });
  opener.postMessage('ready', here);
  return (answer) =>
    new Promise((resolve) => {
      told = (problem) => {
        if (problem === undefined) close();
        resolve(problem);
      };
      opener.postMessage(answer, here);
    });
}
