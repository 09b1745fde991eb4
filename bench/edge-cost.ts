export async function benchEdgeCost(_json: string | undefined): Promise<void> {}
