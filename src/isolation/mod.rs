//! Row 4. Reads workbooks in a child process with memory and CPU limits.
