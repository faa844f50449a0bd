//! Row 3. Who may see what. Default deny. Pure.
