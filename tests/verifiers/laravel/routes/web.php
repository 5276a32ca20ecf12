<?php

require __DIR__ . '/blitz.php';
