export { caseWorkflow } from './case.ts';
export { courierWorkflow } from './courier.ts';
export { deadlineExtensionWorkflow } from './deadlineExtension.ts';
export { reconciliationWorkflow, republicationWorkflow } from './maintenance.ts';
export { orderWorkflow } from './order.ts';
export { ticketWorkflow } from './ticket.ts';

// The SDK notes for every promise where it was made, for the stack traces that its UI shows; each frame costs as much as judging a
// command. The shell is one loop, of which the first few say all.
Error.stackTraceLimit = 4;
