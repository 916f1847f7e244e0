"""What is promised of Values, Tensors and the backward pass."""

from tests.promises.promise import promises_of

promise = promises_of("Engine")

ENGINE = [
    promise(
        "A `Value` takes real numbers, and refuses anything else by a `TypeError` that says what came and"
        " what is wanted.",
        tests="test_value.py::test_anything_else_is_refused_by_name"
        " test_value.py::test_infix_refuses_on_either_side test_value.py::test_real_numbers_become_floats",
        broken="texts_are_taken_for_numbers",
    ),
    promise(
        "A `Tensor` keeps float32 and float64, makes float64 of integers and bools, and refuses complex"
        " numbers and objects.",
        tests="test_tensor.py::test_floats_are_kept_and_whole_numbers_become_float64"
        " test_tensor.py::test_anything_else_is_refused_by_name"
        " test_tensor.py::test_a_narrow_input_of_a_wide_result_gets_a_narrow_gradient",
        broken="integers_become_float32 complex_numbers_are_taken gradient_of_float32_is_float64",
    ),
    promise(
        "An array times a `Value` is one clear `TypeError` and no array of objects.",
        tests="test_value.py::test_values_and_arrays_do_not_mix",
        broken="arrays_take_values_one_by_one",
    ),
    promise(
        "Inputs are an ordered tuple: `a - b` has a before b, and `a + a` two edges.",
        tests="test_value.py::test_inputs_are_ordered_and_repeated"
        " test_engine.py::test_contributions_are_slope_times_upstream_in_order_of_inputs",
        broken="inputs_turned_round",
    ),
    promise(
        "Nothing recurses: long chains are built, derived, copied, refreshed and deleted.",
        tests="test_graph_memory.py::test_a_long_chain_is_copied_refreshed_and_derived_as_a_graph"
        " test_graph_memory.py::test_a_long_chain_is_built_derived_and_deleted"
        " test_tensor_gradients.py::test_a_long_chain_is_built_derived_and_freed",
        broken="graph_is_found_by_recursion",
    ),
    promise(
        "A graph is freed when it is dropped, without the cyclic collector.",
        tests="test_graph_memory.py::test_a_graph_is_freed_as_soon_as_it_is_dropped"
        " test_tensor_gradients.py::test_a_graph_is_freed_as_soon_as_it_is_dropped",
        broken="label_leads_back_to_its_node",
    ),
    promise(
        "Gradients of leaves add up over calls of `backward()`; those of computed nodes are set afresh in each.",
        tests="test_engine.py::test_leaves_add_up_and_computed_nodes_start_afresh"
        " test_engine.py::test_computed_nodes_start_afresh_wherever_they_are_read"
        " test_tensor_gradients.py::test_leaves_add_up_and_computed_nodes_start_afresh",
        broken="inner_gradients_add_up leaves_start_afresh inner_gradients_of_arrays_add_up",
    ),
    promise(
        "`backward()` of more than one number wants a gradient of its shape.",
        tests="test_tensor_gradients.py::test_a_root_of_several_numbers_wants_a_gradient_of_its_shape",
        broken="several_numbers_are_summed",
    ),
    promise(
        "No gradient shares its array with another node's, nor with what was given.",
        tests="test_tensor_gradients.py::test_gradient_arrays_are_nobody_elses"
        " test_tensor_gradients.py::test_a_gradient_that_was_kept_does_not_grow"
        " test_tensor_gradients.py::test_a_gradient_that_is_set_is_a_copy",
        broken="leaves_share_a_gradient kept_gradient_grows set_gradient_is_shared",
    ),
    promise(
        "A gradient that was not computed is told from one that is zero.",
        tests="test_engine.py::test_a_gradient_that_was_not_computed_is_told_from_zero"
        " test_engine.py::test_zero_through_flat_operations_is_computed test_engine.py::test_zero_grad_forgets"
        " test_engine.py::test_a_gradient_set_by_hand_counts_as_computed",
        broken="zero_counts_as_not_computed zero_grad_sets_zero",
    ),
    promise(
        "Under `no_grad()` nothing is recorded, and no input kept alive; afterwards all is.",
        tests="test_context.py::test_no_grad_makes_leaves test_tensor.py::test_no_grad_makes_leaves"
        " test_graph_memory.py::test_no_grad_keeps_no_input_alive"
        " test_context.py::test_what_follows_no_grad_is_recorded_again",
        broken="no_grad_records_numbers no_grad_records_arrays no_grad_stays",
    ),
    promise(
        "`no_grad`, scopes and watchers are those of one thread and one task.",
        tests="test_context.py::test_no_grad_is_its_threads_own test_context.py::test_no_grad_is_its_tasks_own"
        " test_context.py::test_a_new_thread_starts_at_the_top",
        broken="one_context_for_all_threads",
    ),
    promise(
        "Arithmetic goes by IEEE 754 as NumPy's: `1/0` is inf, `log(0)` -inf, a negative base to a fraction nan.",
        tests="test_kinks.py::test_edges_follow_ieee_754 test_kinks.py::test_a_power_by_a_constant_has_the_same_edges"
        " test_kinks.py::test_slopes_at_kinks_and_far_out",
        broken="functions_raise_as_pythons_do slopes_raise_as_pythons_do",
    ),
    promise(
        "One documented slope per kink: of `relu` and `abs` it is 0 at 0, of `x**0` it is 0 everywhere.",
        tests="test_kinks.py::test_slopes_at_kinks_and_far_out test_kinks.py::test_the_zeroth_power_is_flat_everywhere"
        " test_kinks.py::test_of_two_equal_inputs_the_first_gets_the_gradient",
        broken="relu_has_a_slope_at_zero zeroth_power_has_a_slope",
    ),
    promise(
        "What selects (`relu`, `where`, `maximum`, `clip`) masks the gradient: no `0 * inf` makes a nan.",
        tests="test_kinks.py::test_masks_stop_an_infinite_gradient"
        " test_tensor_gradients.py::test_masks_stop_an_infinite_gradient",
        broken="masks_multiply_numbers masks_multiply_arrays",
    ),
    promise(
        "`tanh`, `sigmoid`, `softplus`, `logsumexp` and cross-entropy are finite, with finite gradients, at ±1000.",
        tests="test_kinks.py::test_slopes_at_kinks_and_far_out test_kinks.py::test_edges_follow_ieee_754"
        " test_losses.py::test_large_outputs_overflow_nowhere test_anomaly.py::test_the_rewrites_are_stable",
        broken="sigmoid_overflows softplus_overflows logsumexp_overflows",
    ),
    promise(
        "A leaf that changed between forward and backward is named, and not silently used; `refresh()` computes anew.",
        tests="test_staleness.py::test_a_leaf_changed_after_the_graph_was_made_is_named"
        " test_misuse.py::test_data_changed_between_forward_and_backward"
        " test_staleness.py::test_refresh_computes_again_in_place"
        " test_staleness.py::test_changes_elsewhere_are_no_false_alarm",
        broken="change_is_not_noted any_change_is_an_alarm refresh_keeps_the_old_data",
    ),
    promise(
        "`detect_anomaly()` names the first node that became nan or inf, forward or backward, with its inputs"
        " and the line of your code.",
        tests="test_anomaly.py::test_forward_message_names_operation_inputs_and_line"
        " test_anomaly.py::test_backward_message_names_the_input_that_receives_it"
        " test_anomaly.py::test_first_bad_node_is_named_not_a_later_one"
        " test_anomaly.py::test_tensor_names_the_first_bad_number",
        broken="anomaly_in_the_library backward_anomalies_pass",
    ),
    promise(
        "Where a stable way to write it is known, `detect_anomaly()` says so, and it is stable.",
        tests="test_anomaly.py::test_a_stable_rewrite_is_named test_anomaly.py::test_the_rewrites_are_stable",
        broken="no_advice",
    ),
    promise(
        "A rule that raises halfway leaves the gradients as they were.",
        tests="test_float_rules.py::test_a_rule_that_raises_halfway_leaves_gradients_as_they_were",
        broken="shares_are_added_one_by_one",
    ),
    promise(
        "Programs written for micrograd run with one changed import, rules of `_backward` made by hand included.",
        tests="test_micrograd_names.py::test_the_neuron_with_operations_made_by_hand"
        " test_micrograd_names.py::test_positional_arguments_and_names"
        " test_micrograd_names.py::test_a_rule_of_the_users_replaces_the_tables"
        " test_micrograd_names.py::test_three_children_made_by_hand",
        broken="rule_of_the_user_is_not_run third_child_is_lost",
    ),
    promise(
        "Without `rng`, `MLP` draws micrograd's weights from Python's `random`, so that seeded notebooks give"
        " their numbers.",
        tests="test_nn.py::test_a_seeded_mlp_draws_as_micrograd_does"
        " test_nn.py::test_a_seeded_mlp_begins_with_the_weights_of_micrograd",
        broken="weights_are_drawn_elsewhere",
    ),
    promise(
        "`gradient()` gives graphs, so that derivatives have any order, and leaves `.grad` alone.",
        tests="test_engine.py::test_gradients_of_any_order test_engine.py::test_gradient_does_not_touch_grad"
        " test_tensor_gradients.py::test_gradients_of_any_order"
        " test_engine.py::test_mixed_second_derivatives_agree",
        broken="gradients_are_numbers",
    ),
]
