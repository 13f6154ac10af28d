/** Whether a permission is given. Never asks for it, unlike the call that would need it. */
export function isGranted(descriptor: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(descriptor).state === "granted";
}
