import type { HostOwner } from "./calls";
import { Host } from "./host";
import { expose, type Port, remote } from "./remote";

// TypeScript takes this for a page.
const page = self as unknown as Port;
expose(page, new Host(remote<HostOwner>(page)));
