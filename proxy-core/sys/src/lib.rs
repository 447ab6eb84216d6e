//! What a process of the mesh asks of the operating system.
