<?php

return ['blitz' => ['secret' => env('BLITZ_WEBHOOK_SECRET')]];
