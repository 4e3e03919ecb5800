/** The key that works at a sandbox, and nowhere else: whatever an order was sent with it is for play money. */
export const sandboxKey = "rf_sandbox_free_of_charge";
