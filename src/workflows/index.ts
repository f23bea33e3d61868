export { caseWorkflow } from './case.ts';
export { courierWorkflow } from './courier.ts';
export { deadlineExtensionWorkflow } from './deadlineExtension.ts';
export { orderWorkflow } from './order.ts';
export { ticketWorkflow } from './ticket.ts';
