/** Installs spawnsafe with pip, where the user can watch it. */

import { ProcessExecution, Task, TaskScope, tasks } from "vscode";
import { type Command, WORKING_DIRECTORY } from "./probe";

/** Whether pip succeeded. A task rather than text sent to a terminal: no shell, so no quoting, and an exit code. */
export async function install([program, ...args]: Command): Promise<boolean> {
  const pip = new ProcessExecution(program, [...args, "-m", "pip", "install", "spawnsafe"], {
    cwd: WORKING_DIRECTORY,
  });
  const task = new Task({ type: "spawnsafe" }, TaskScope.Workspace, "Install spawnsafe", "spawnsafe", pip);
  const execution = await tasks.executeTask(task);
  return new Promise((resolve) => {
    const subscription = tasks.onDidEndTaskProcess((event) => {
      if (event.execution !== execution) return;
      subscription.dispose();
      resolve(event.exitCode === 0);
    });
  });
}
