"""What is promised when things go wrong: mistakes, damaged files, full disks, Ctrl-C, threads, sizes."""

from tests.promises.promise import promises_of

promise = promises_of("Robust")

ROBUST = [
    promise(
        "A mistake on the command line is one line on stderr and exit status 2, never a traceback.",
        tests="test_hostile_files.py::test_commands_say_it_in_one_line test_cli_train.py::test_mistakes"
        " test_terminal.py::test_files_that_are_wrong_or_missing"
        " test_cli.py::test_an_error_is_as_long_as_a_line_can_be_read"
        " test_fuzzing.py::test_damaged_input_is_used_or_refused[command]",
        broken="mistake_is_a_traceback missing_file_is_a_traceback endless_error_is_printed",
    ),
    promise(
        "Any index and any argument of a function of arrays is used or refused by a `TypeError`, `ValueError` or"
        " `IndexError`.",
        tests="test_shape_errors.py::test_what_is_wrong_is_said_in_one_line"
        " test_fuzzing.py::test_damaged_input_is_used_or_refused[index]",
        broken="huge_index_is_numpys_error",
    ),
    promise(
        "Any text is read as a formula or refused at its column: no traceback, however deep, long or odd it is.",
        tests="test_expression.py::test_deep_formulas_are_read_or_refused"
        " test_expression.py::test_what_is_too_long_is_refused"
        " test_fuzzing.py::test_damaged_input_is_used_or_refused[expression]",
        broken="deep_formula_is_a_traceback",
    ),
    promise(
        "A damaged session is refused in one line: no traceback and no gigabyte.",
        tests="test_saved_session.py::test_a_damaged_file_is_one_line"
        " test_saved_session.py::test_what_is_no_session_is_one_line"
        " test_fuzzing.py::test_damaged_input_is_used_or_refused[session]",
        broken="session_with_a_hole_is_a_traceback session_of_any_version",
    ),
    promise(
        "A damaged table is refused in one line that names file and line, or read as it stands.",
        tests="test_tables_reading.py::test_what_is_wrong_with_a_file_is_said_in_one_line"
        " test_fuzzing.py::test_damaged_input_is_used_or_refused[table]",
        broken="damaged_table_is_a_traceback",
    ),
    promise(
        "A model that is cut short, of another program or of a newer version is refused in one line.",
        tests="test_checkpoint.py::test_a_file_cut_short_anywhere_is_refused"
        " test_checkpoint.py::test_metadata_that_save_did_not_write_is_refused"
        " test_checkpoint.py::test_a_safetensors_file_of_another_program_is_no_checkpoint"
        " test_hostile_files.py::test_flipped_bits_are_refused_or_give_other_numbers",
        broken="damaged_model_is_a_traceback newer_model_is_read any_format_is_a_model",
    ),
    promise(
        "A run to go on with and the journal of a sweep, one value of which is another, are used or refused in a line;"
        " a refused run stays as it was.",
        tests="test_cli_resume.py::test_a_damaged_value_is_refused_in_one_line_and_the_folder_stays"
        " test_lab_sweep_folder.py::test_a_run_with_a_damaged_value_is_named"
        " test_fuzzing.py::test_damaged_input_is_used_or_refused[training]"
        " test_fuzzing.py::test_damaged_input_is_used_or_refused[journal]",
        broken="damaged_run_goes_on refused_run_is_moved damaged_sweep_run_counts",
    ),
    promise(
        "No session, however small its file, makes a program take a gigabyte of memory.",
        tests="test_saved_graph.py::test_a_graph_that_reads_a_large_array_again_and_again_is_neither_saved_nor_loaded"
        " test_small_files.py::test_sessions[stack]"
        " test_hostile_files.py::test_no_file_takes_more_than_a_gigabyte test_small_files.py::test_sessions",
        broken="json_of_any_size stacks_have_no_size work_has_no_limit",
    ),
    promise(
        "No checkpoint does, also not a sparse one; a wide network is run on few rows at a time.",
        tests="test_small_files.py::test_checkpoints"
        " test_small_files.py::test_a_wide_network_is_run_on_few_rows_at_once",
        broken="checkpoint_of_any_size wide_network_on_all_rows",
    ),
    promise(
        "A large table takes memory in proportion to its numbers; one of more than 67,108,864 cells is refused, as are"
        " many thousands of columns or classes and a stream that does not end.",
        tests="test_tables_chunks.py::test_a_table_of_more_cells_than_memory_holds_is_refused"
        " test_small_files.py::test_tables test_small_files.py::test_a_stream_of_one_endless_line"
        " test_small_files.py::test_a_thousand_classes_are_drawn test_table_memory.py::test_reading",
        broken="line_of_any_length any_number_of_cells any_number_of_classes any_number_of_columns",
    ),
    promise(
        "Pipes, devices, folders and circles of links are refused by name where a file is to be read, and nothing waits"
        " for them; a table comes through a pipe as standard input.",
        tests="test_hostile_files.py::test_what_is_no_file_is_an_os_error_that_names_it"
        " test_hostile_files.py::test_what_never_ends_is_not_read_to_its_end"
        " test_hostile_files.py::test_commands_wait_for_no_pipe",
        broken="devices_are_read tables_are_read_from_devices",
    ),
    promise(
        "A file is written whole or not at all: after an exception, a kill or a full disk the old one is there.",
        tests="test_atomic_file.py::test_until_the_block_ends_the_old_file_is_there"
        " test_atomic_file.py::test_after_an_exception_all_is_as_before"
        " test_atomic_file.py::test_a_killed_process_leaves_the_old_file"
        " test_atomic_file.py::test_a_full_disk_leaves_the_old_file",
        broken="file_is_written_in_place half_a_file_stays",
    ),
    promise(
        "A link stays a link, a read-only file stays as it is, and an old file keeps its permissions.",
        tests="test_atomic_file.py::test_a_link_stays_a_link_and_its_file_is_replaced"
        " test_atomic_file.py::test_a_new_file_gets_the_permissions_of_any_new_file_and_an_old_one_keeps_its_own",
        broken="link_is_replaced permissions_are_lost",
    ),
    promise(
        "A training that was killed goes on to the same bits.",
        tests="test_checkpoint_keeper.py::test_a_training_that_was_ended_goes_on_to_the_same_bits",
        broken="random_numbers_begin_anew",
    ),
    promise(
        "Sixteen threads that train at once give the bits that they give one after the other.",
        tests="test_threads.py::test_threads_that_take_turns_at_every_step_do_not_see_each_other"
        " test_threads.py::test_sixteen_threads_give_the_same_bits_as_one_after_the_other",
        broken="one_context_for_all_threads",
    ),
    promise(
        "A hanging, failing or endlessly writing Graphviz is stopped with all that it started, and something"
        " else draws.",
        tests="test_render.py::test_a_hanging_engine_is_killed_with_what_it_started"
        " test_render.py::test_an_engine_that_writes_without_end_is_stopped"
        " test_render.py::test_a_failing_engine_is_named_and_the_next_is_used",
        broken="what_an_engine_started_goes_on engine_may_write_without_end",
    ),
    promise(
        "Whatever writes a file leaves the old one or the new one, killed at any moment.",
        tests="test_writers.py::test_nothing_writes_but_through_the_atomic_writer"
        " test_writers.py::test_killed_at_any_moment_it_leaves_whole_files[bytes]"
        " test_writers.py::test_killed_at_any_moment_it_leaves_whole_files[pictures]",
        broken="file_is_taken_away_first picture_is_written_in_place",
    ),
    promise(
        "A full disk, or one that is read-only, leaves every old file as it was, and one line that names it.",
        tests="test_atomic_file.py::test_a_full_disk_leaves_the_old_file"
        " test_atomic_file.py::test_of_several_files_none_is_replaced_unless_there_is_room_for_all"
        " test_writers.py::test_where_nothing_can_be_written_old_files_stay[checkpoint-fill]",
        broken="disk_full_names_no_file",
    ),
    promise(
        "A training's folder is one process's at a time, a sweep's as well; the second is refused, and a killed one is "
        "in nobody's way.",
        tests="test_two_at_once.py::test_a_training_is_refused_in_the_folder_of_a_seed_or_of_a_sweep"
        " test_two_at_once.py::test_of_two_in_one_folder_the_second_is_refused"
        " test_two_at_once.py::test_the_lock_of_a_killed_training_is_gone",
        broken="two_train_into_one_folder two_train_into_one_seeds_folder",
    ),
    promise(
        "A sweep's folder is one process's at a time; a killed one is in nobody's way and loses the last run at most, "
        "and a file that is no journal stays as it is, also where a sweep begins anew.",
        tests="test_lab_sweep_folder.py::test_two_do_not_work_on_one_folder"
        " test_lab_sweep_folder.py::test_a_killed_process_is_in_nobodys_way"
        " test_lab_sweep_folder.py::test_wherever_the_journal_is_cut_whole_runs_count"
        " test_lab_sweep_folder.py::test_a_line_that_would_take_all_memory_is_refused"
        " test_lab_sweep_folder.py::test_a_file_that_is_no_journal_is_left_also_by_a_restart",
        broken="sweep_folder_is_not_locked half_a_line_counts journal_has_no_limit any_file_is_a_journal"
        " restart_empties_any_file",
    ),
    promise(
        "A loss or a weight that becomes nan or infinite ends the training with a diagnosis and the best weights so "
        "far, of a loss that is finite.",
        tests="test_cli_train.py::test_training_that_diverges_later_keeps_the_best_weights[numpy]"
        " test_misuse.py::test_a_loss_that_becomes_nan_ends_the_training_with_the_best_weights"
        " test_misuse.py::test_a_weight_that_becomes_nan_ends_the_training_although_no_loss_shows_it",
        broken="nan_loss_goes_on diverged_model_is_kept",
    ),
    promise(
        "Data changed between forward and backward are noticed, those of leaves and of computed nodes.",
        tests="test_misuse.py::test_data_changed_between_forward_and_backward"
        " test_misuse.py::test_data_of_a_computed_node_set_by_hand",
        broken="stale_graph_is_derived set_node_is_derived",
    ),
    promise(
        "Gradients of another shape, nodes of another graph, and parameters that were computed or come twice in an "
        "optimizer are refused in one line; two optimizers of one parameter each keep a state of their own.",
        tests="test_misuse.py::test_a_gradient_of_another_shape"
        " test_misuse.py::test_nodes_of_another_graph"
        " test_misuse.py::test_parameters_that_were_computed_or_come_twice"
        " test_misuse.py::test_two_optimizers_of_the_same_parameters_each_keep_their_state",
        broken="gradient_of_any_shape foreign_node_is_pinned computed_parameter_is_taken parameter_comes_twice",
    ),
    promise(
        "Ctrl-C at any moment leaves parameters and optimizer as before a step or as after it.",
        tests="test_interrupts.py::test_an_interrupted_step_moves_all_or_nothing[values]"
        " test_interrupts.py::test_an_interrupted_change_of_a_session_is_all_or_nothing[undo]",
        broken="step_is_half_done undo_is_half_done",
    ),
    promise(
        "Ctrl-C leaves no scope and no `no_grad()` entered.",
        tests="test_interrupts.py::test_no_scope_stays_entered[in_scope]"
        " test_interrupts.py::test_no_scope_stays_entered[in_no_grad]",
        broken="scope_stays_entered",
    ),
    promise(
        "Threads, tasks and generators have contexts of their own and see each other's changes, on a Python with a "
        "global lock: free-threaded builds are not tried.",
        tests="test_threads.py::test_a_change_that_another_thread_overtakes_hides_no_later_one"
        " test_context.py::test_blocks_may_end_in_any_order"
        " test_threads.py::test_sixteen_threads_give_the_same_bits_as_one_after_the_other"
        " test_threads.py::test_tasks_have_contexts_of_their_own",
        broken="change_is_overtaken block_comes_back blocks_of_threads_are_one",
    ),
    promise(
        "Training, compiling, drawing and explaining again and again leave no cycles of references, no memory and no"
        " open file; what is kept for new names, sizes and parameters is bounded.",
        tests="test_long_runs.py::test_a_few_steps_leave_no_cycles_and_no_open_files[compile_anew]"
        " test_long_runs.py::test_a_few_steps_leave_no_cycles_and_no_open_files[values_with_anomaly]"
        " test_long_runs.py::test_scopes_of_new_names_are_forgotten_and_old_ones_are_not"
        " test_long_runs.py::test_a_program_keeps_the_versions_of_its_last_sizes",
        broken="builders_lead_to_what_they_made error_is_held_by_its_frame scope_of_every_name_is_kept"
        " version_for_every_size_is_kept",
    ),
    promise(
        "Graphs of a million nodes, deep or wide, go through every feature in memory in proportion to their own, or are"
        " refused in one line.",
        tests="test_value_paths.py::test_paths_are_counted_up_to_a_number_that_can_be_held"
        " test_compile_mistakes.py::test_what_becomes_too_many_operations_is_refused"
        " test_saved_session.py::test_what_could_not_be_read_again_is_not_saved"
        " test_huge_graphs.py::test_nothing_recurses[names]",
        broken="paths_are_counted_without_end any_graph_becomes_a_program session_of_any_size_is_saved"
        " graph_is_found_by_recursion",
    ),
]
