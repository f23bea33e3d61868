export { caseWorkflow } from './case.ts';
export { courierWorkflow } from './courier.ts';
export { reconciliationWorkflow, republicationWorkflow } from './maintenance.ts';
export { orderWorkflow } from './order.ts';
export { ticketWorkflow } from './ticket.ts';
